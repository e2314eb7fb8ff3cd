"""What consumers do with a log, whatever their group."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from embedded.log.files import store_error
from embedded.log.open_log import OpenLog
from embedded.log.watch import Watch
from stores.ports import StoredRecord


class Reads(OpenLog):
    """Reads records, and waits for more."""

    async def read(self, topic: str, partition: int, offset: int, limit: int = 1000) -> list[StoredRecord]:
        """Up to ``limit`` records at or after ``offset``, or fewer where they are large; empty at the end.

        Raises:
            StoreRejected: there is no such partition.
            LogCorrupt: a record is damaged.
            StoreUnavailable: a file cannot be read.
        """
        return await self._topics.partition(topic, partition).read(offset, limit)

    def read_cached(self, topic: str, partition: int, offset: int, limit: int) -> list[StoredRecord] | None:
        """As ``read`` where the records are in memory, without waiting; None where they are not."""
        return self._topics.partition(topic, partition).cached(offset, limit)

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """First offset kept and next offset to be written.

        Raises:
            StoreRejected: there is no such partition.
        """
        found = self._topics.partition(topic, partition)
        return found.start, found.end

    async def offsets(self, topic: str) -> dict[int, tuple[int, int]]:
        """First offset kept and next offset to be written, by partition. Empty for a topic that does not exist."""
        if topic not in self._topics:
            return {}
        return {
            partition.number: (partition.start, partition.end)
            for partition in self._topics.get(topic).partitions
        }

    async def set_aside(self, topic: str, partition: int, offset: int) -> Path:
        """Put the file that holds an offset aside, as ``*.corrupt``: for one that cannot be read (LogCorrupt).

        Its records are no longer read; those who read on find the next that is kept. Returns the file's new path.

        Raises:
            StoreRejected: there is no such partition.
            StoreUnavailable: the file cannot be renamed.
        """
        try:
            return await self._writer.set_aside(self._topics.partition(topic, partition), offset)
        except OSError as error:
            raise store_error(error, self.path) from error

    def watch(self, partitions: Iterable[tuple[str, int]], callback: Callable[[], None]) -> Watch:
        """Call back whenever one of the partitions has more to read.

        Raises:
            StoreRejected: there is no such partition.
        """
        return Watch([self._topics.partition(*partition) for partition in partitions], callback)

    async def wait_for_data(self, positions: Mapping[tuple[str, int], int]) -> None:
        """Wait until one of the partitions has a record at or after its offset.

        Raises:
            StoreRejected: there is no such partition.
        """
        more = asyncio.Event()
        watch = self.watch(positions, more.set)
        try:
            while all(self.bounds(*partition)[1] <= offset for partition, offset in positions.items()):
                await more.wait()
                more.clear()
        finally:
            watch.close()
