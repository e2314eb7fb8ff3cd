"""match: events-fingerprinted → rules-matched, what of the events concerns the rules that count."""
