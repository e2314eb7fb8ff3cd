"""Builds the dashboard, with the machine's Node or one from a Python package."""
