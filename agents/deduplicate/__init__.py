"""deduplicate: events-received → events-deduplicated, without repeats of an event id."""
