"""Inbound filters: what a project does not want to keep."""

from agents.fingerprint.filters.filter import check_filters, filter_event

__all__ = ["check_filters", "filter_event"]
