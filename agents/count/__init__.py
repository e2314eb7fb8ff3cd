"""count: events-fingerprinted → errors-counted, running totals of event-time buckets."""
