"""Inbound filters: what a project does not want to keep."""

from agents.fingerprint.filters.filter import filter_event

__all__ = ["filter_event"]
