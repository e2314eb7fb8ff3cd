"""triage: issues-triaged → issues-tracked, what people decided, beside the events that it is about."""
