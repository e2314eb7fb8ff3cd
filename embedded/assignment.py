"""Which partitions a consumer group's single member gets: all, as Faust's own assignor hands them out.

The real assignor is asked, rather than a list made up here, because Faust reads actives, standbys and topic groups from it
when tables recover.
"""

from collections.abc import Callable, Iterable
from typing import Any

from faust.types import TP


class Cluster:
    """As much of Kafka's cluster metadata as the assignor asks for."""

    def __init__(self, partitions: Callable[[str], int]) -> None:
        self._partitions = partitions

    def partitions_for_topic(self, topic: str) -> set[int]:
        """The partitions of a topic."""
        return set(range(self._partitions(topic)))


def assign(assignor: Any, cluster: Cluster, member: str, topics: Iterable[str]) -> set[TP]:
    """Let the assignor hand out all partitions of ``topics`` to ``member``, and tell it the result."""
    metadata = assignor.metadata(set(topics))
    assignment = assignor.assign(cluster, {member: metadata})[member]
    assignor.on_assignment(assignment)
    return {TP(topic, partition) for topic, partitions in assignment.assignment for partition in partitions}
