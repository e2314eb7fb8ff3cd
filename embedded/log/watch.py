"""Waiting for more records without polling."""

from collections.abc import Callable

from embedded.log.partition import Partition


class Watch:
    """Calls back, on the event loop, whenever one of some partitions has more to read, until it is closed."""

    def __init__(self, partitions: list[Partition], callback: Callable[[], None]) -> None:
        self._partitions = partitions
        self._callback = callback
        for partition in partitions:
            partition.watchers.add(callback)

    def close(self) -> None:
        """Call back no more."""
        for partition in self._partitions:
            partition.watchers.discard(self._callback)
