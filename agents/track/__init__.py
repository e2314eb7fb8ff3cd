"""track: events-fingerprinted → issues-tracked, one record for each change in an issue's life."""
