"""What a stage went through when its partitions were shared out anew."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec

#: Partitions by topic.
Partitions = dict[str, list[int]]


class Rebalance(NamedTuple):
    """One rebalance of a stage, as one worker saw it: when it began (Unix seconds), for how many seconds the worker stood
    still (until its tables were recovered), which partitions of the topics that it reads it was given and lost, and how many
    it kept."""

    at: float
    seconds: float
    assigned: Partitions
    revoked: Partitions
    kept: int


class NotedRebalance(msgspec.Struct, frozen=True):
    """A rebalance as it is listed. ``worker`` is the host and the process; ``seconds`` is how long it stood still,
    ``assigned`` and ``revoked`` are partitions by topic, ``kept`` is how many partitions it had before and after."""

    id: str
    stage: str
    worker: str
    at: datetime
    seconds: float
    assigned: Partitions
    revoked: Partitions
    kept: int


def by_topic(places: Iterable[tuple[str, int]]) -> Partitions:
    """Partitions by topic, both in order."""
    found: Partitions = {}
    for topic, partition in sorted(places):
        found.setdefault(topic, []).append(partition)
    return found
