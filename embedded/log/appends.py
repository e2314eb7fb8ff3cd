"""What producers do with a log."""

import asyncio
from collections.abc import Mapping, Sequence

from embedded.log.open_log import OpenLog
from embedded.log.records import size_of
from stores.errors import StoreRejected, StoreUnavailable
from stores.ports import LogRecord


class Appends(OpenLog):
    """Appends records, durably."""

    def append(
        self, topic: str, partition: int, records: Sequence[LogRecord], timestamp: float | None = None
    ) -> asyncio.Future[int]:
        """Queue records for a partition; resolves, once they are durable, to the offset of the first.

        They become visible at that moment, and not before. ``timestamp`` (Unix seconds) is that of the append if not given.
        The future raises LogFull, or another StoreUnavailable, where they could not be written; then the same holds for all
        that was queued for the partition behind them, so that nothing overtakes a record that is sent again.

        Raises:
            StoreRejected: there is no such partition, or a record cannot be held.
        """
        found = self._topics.partition(topic, partition)
        self._check_writable()
        if not records:
            raise StoreRejected("There is nothing to append.")
        return self._writer.append(found, records, size_of(records), timestamp)

    def _check_writable(self) -> None:
        if self.read_only or not self._tasks:
            state = "open read-only" if self.read_only else "not started, or closed"
            raise StoreUnavailable(f"The log in {self.path} is {state}.")

    @property
    def pending_bytes(self) -> int:
        """Keys and values that were appended and are not yet durable."""
        return self._writer.pending_bytes

    async def flush(self) -> None:
        """Wait until all that was appended before is durable, or has failed."""
        await self._writer.flush()

    async def send(self, topic: str, records: Sequence[LogRecord]) -> None:
        """Append records, each to the partition of its key, in order. Returns once all are durable.

        Raises:
            StoreRejected: there is no such topic, or a record cannot be held.
            StoreUnavailable: some could not be written; others may have been.
        """
        await self.send_many(topic, records)

    async def send_many(
        self, topic: str, records: Sequence[LogRecord], partition: int | None = None
    ) -> dict[int, int]:
        """As ``send``, or all to one partition. Returns the offset of the last record in each partition.

        Raises:
            StoreRejected, StoreUnavailable: as ``send``.
        """
        self._check_writable()
        groups = self._by_partition(topic, records) if partition is None else {partition: records}
        # Nothing is appended unless all of it can be.
        checked = [
            (number, self._topics.partition(topic, number), group, size_of(group))
            for number, group in groups.items()
            if group
        ]
        appends = [self._writer.append(found, group, size, None) for _, found, group, size in checked]
        results = await asyncio.gather(*appends, return_exceptions=True)
        last: dict[int, int] = {}
        for (number, _, group, _), result in zip(checked, results, strict=True):
            if isinstance(result, BaseException):
                raise result
            last[number] = result + len(group) - 1
        return last

    def _by_partition(self, topic: str, records: Sequence[LogRecord]) -> Mapping[int, Sequence[LogRecord]]:
        partition_for = self._topics.get(topic).partition_for
        groups: dict[int, list[LogRecord]] = {}
        for record in records:
            groups.setdefault(partition_for(record[0]), []).append(record)
        return groups
