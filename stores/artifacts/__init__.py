"""Artifacts: source maps and mappings, as they were uploaded."""
