"""Grouping version 1. Frozen: any change to what it answers is a new version, in a folder of its own.

``docs/grouping.md`` says how it groups, with examples.
"""

from agents.fingerprint.grouping_v1.compare import Comparison, compare
from agents.fingerprint.grouping_v1.strategy import VERSION, group

__all__ = ["VERSION", "Comparison", "compare", "group"]
