"""The HTTP API: what people and other programs read. docs/api.md describes it."""
