"""Export and erasure of what is known of one end user or of a project, from every store (docs/privacy.md)."""
