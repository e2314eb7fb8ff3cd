"""State: a Faust table read and written in batches, with its changelog before its rows.

Faust's own table access picks the partition from the stream's current event and buffers the changelog; in a batch that puts
rows into another partition's state. Here the partition is always named, and the order is fixed: the changelog is durable
first, then the rows and the changelog offset that they correspond to go to RocksDB in one write. So RocksDB is never ahead
of the changelog, and what a crash leaves behind is mended by Faust's own recovery.

Each change carries a stamp (``agents/stamped_table.py``), so that a worker that lost its partitions cannot undo what
its successor wrote.

Each partition also keeps its **watermarks** here: for each partition of events-received the highest origin that was applied
(architecture rule 4). They are written with the rows that they cover.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import rocksdict

from agents.records import Incoming, concerns
from agents.stage import ROCKSDB_OPTIONS, StageApp
from agents.stamped_table import OFFSET_KEY, StampedRow, row_of
from stores.ports import LogRecord

#: Key of the watermarks' row. No other row has a key that begins with two underscores.
WATERMARKS_KEY = b"__watermarks"

#: New values of the rows of one partition.
Changes = dict[bytes, bytes]


class StateTable:
    """Rows of bytes in one RocksDB database a partition, each change on the changelog.

    ``retention`` (seconds) lets the changelog forget old changes as well as superseded ones; it must be longer than the time
    for which a row matters.
    """

    def __init__(self, app: StageApp, name: str, retention: float | None = None) -> None:
        self._app = app
        self._table = app.Table(
            name,
            key_type=bytes,
            value_type=bytes,
            partitions=app.config.partitions,
            options=dict(ROCKSDB_OPTIONS),
        )
        if retention is not None:
            topic = self._table.changelog_topic
            topic.retention = retention
            topic.deleting = True
        self._watermarks = app.per_assignment()

    @classmethod
    def shared(cls, app: StageApp, name: str) -> "StateTable":
        """A table that several agents of a stage use: one writes it, the others read it."""
        if name not in app.shared_tables:
            app.shared_tables[name] = cls(app, name)
        table: StateTable = app.shared_tables[name]
        return table

    @property
    def changelog(self) -> str:
        """Name of the changelog topic."""
        return str(self._table.changelog_topic.get_topic_name())

    def get(self, partition: int, key: bytes) -> bytes | None:
        """A row, or None."""
        stored: bytes | None = self._table.database(partition).get(key)
        return None if stored is None else row_of(stored)

    def get_many(self, partition: int, keys: list[bytes]) -> list[bytes | None]:
        """Rows in the order of their keys, None where there is none."""
        stored: list[bytes | None] = self._table.database(partition).get(keys)
        return [None if row is None else row_of(row) for row in stored]

    def scan(self, partition: int, start: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Rows from the key ``start`` on, in the order of their keys."""
        for key, value in self._table.database(partition).items(from_key=start):
            if key != OFFSET_KEY:
                yield key, row_of(value)

    def partitions(self) -> list[int]:
        """The partitions whose state this process holds."""
        return sorted(self._table.data._dbs)

    async def write(self, changes: Mapping[int, Changes], batch: Iterable[Incoming]) -> None:
        """Change rows, by partition, as a batch of records asks for; returns once the changelog and RocksDB have them.

        Raises:
            StoreUnavailable: the log would not take the changelog; no row was changed.
            LeaseExpired: the partitions may have another owner; no row was changed.
        """
        producer: Any = self._app.producer
        stamps = {record.position.partition: record.position.stamp for record in batch}
        changed = [
            (partition, {key: StampedRow(stamps[partition], row).encode() for key, row in rows.items()})
            for partition, rows in changes.items()
            if rows
        ]
        sends = (
            producer.send_many(
                self.changelog,
                [LogRecord(key, value, []) for key, value in rows.items()],
                partition=partition,
            )
            for partition, rows in changed
        )
        offsets = await asyncio.gather(*sends)
        # Another owner's changes may stand before ours on the changelog. RocksDB has not got them, and with the offset of
        # ours recovery would never read them.
        self._app.check_lease()
        for (partition, rows), last in zip(changed, offsets, strict=True):
            self._table.put_rows(partition, rows, last[partition])

    def forget(self, partition: int, keys: list[bytes]) -> None:
        """Remove rows here alone; the changelog forgets them by its retention."""
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key in keys:
            batch.delete(key)
        self._table.database(partition).write(batch)

    async def write_watermarks(self, batch: Sequence[Incoming]) -> None:
        """Write the watermarks of a batch's partitions alone, for an agent whose rows are in a store.

        Raises:
            StoreUnavailable: as ``write``.
        """
        partitions = {record.position.partition for record in batch}
        await self.write(
            {number: {WATERMARKS_KEY: self.watermarks(number).encode()} for number in partitions}, batch
        )

    def is_new(self, record: Incoming, agent: str) -> bool:
        """Whether ``agent`` is to apply a record; from now on its origin counts as applied.

        Raises:
            KeyError: the record has no origin.
        """
        return concerns(record, agent) and not self.watermarks(record.position.partition).pass_over(record)

    def watermarks(self, partition: int) -> "Watermarks":
        """The watermarks of a partition, as of this assignment."""
        known: dict[int, Watermarks] = self._watermarks.current()
        if partition not in known:
            known[partition] = Watermarks.decode(self.get(partition, WATERMARKS_KEY))
        return known[partition]


class Watermarks:
    """The highest origin applied, for each partition of events-received."""

    def __init__(self, applied: dict[int, tuple[int, int]] | None = None) -> None:
        self._applied = applied or {}

    def pass_over(self, record: Incoming) -> bool:
        """Whether a record is a copy of one that was applied already; otherwise it counts as applied from now on."""
        origin = record.origin
        if origin.stamp <= self._applied.get(origin.partition, (-1, -1)):
            return True
        self._applied[origin.partition] = origin.stamp
        return False

    def encode(self) -> bytes:
        """As a row."""
        return msgspec.msgpack.encode(self._applied)

    @classmethod
    def decode(cls, row: bytes | None) -> "Watermarks":
        """From a row."""
        return cls(msgspec.msgpack.decode(row, type=dict[int, tuple[int, int]]) if row else None)
