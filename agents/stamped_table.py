"""Recovery of tables by stamps: of two changes of a row the later applied one wins, wherever it stands on the changelog.

A worker that was paused for longer than its session goes on as if nothing had happened, and may write changes behind those of
its successor. Stock Faust's recovery lets the last one on the changelog win. But every change carries a stamp: the place of
the latest input record of the batch that made it. Up to the same record both workers come to the same rows, so recovery keeps
the row with the highest stamp; what the committed offsets lie behind is recognised as a replay.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import faust
import rocksdict
from faust.stores.rocksdb import Store

Stamp = tuple[int, int]

#: Where a database keeps the changelog offset that its rows reach to.
OFFSET_KEY: bytes = Store.offset_key

#: Marks a row that has a stamp; rows that were written before there were stamps begin with another byte.
_MARK = b"\x01"
_HEAD = struct.Struct(">cQQ")
#: Of rows without a stamp.
_OLDEST: Stamp = (0, 0)


class StampedRow(NamedTuple):
    """A row as it is stored. The stamp is (generation of the input topic, offset of the input record)."""

    stamp: Stamp
    row: bytes

    def encode(self) -> bytes:
        """17 bytes, big-endian (mark, generation, offset), then the row."""
        return _HEAD.pack(_MARK, *self.stamp) + self.row

    @classmethod
    def decode(cls, stored: bytes) -> "StampedRow":
        """The inverse of ``encode``."""
        if stored[:1] != _MARK:
            return cls(_OLDEST, stored)
        _, generation, offset = _HEAD.unpack_from(stored)
        return cls((generation, offset), stored[_HEAD.size :])


def row_of(stored: bytes) -> bytes:
    """The row without its stamp."""
    return stored[_HEAD.size :] if stored[:1] == _MARK else stored


class StampedTable(faust.Table):  # type: ignore[misc]
    """A table whose recovery goes by stamps."""

    def apply_changes(self, partition: int, records: Sequence[Any]) -> None:
        """Write changes that recovery has read of the changelog, with the offset that they reach to."""
        self.put_rows(partition, _latest(self.database(partition), records), records[-1].offset)

    def put_rows(self, partition: int, rows: Mapping[bytes, bytes], changelog_offset: int) -> None:
        """Put rows of a partition into RocksDB, with the changelog offset that they reach to, in one write."""
        written = rocksdict.WriteBatch(raw_mode=True)
        for key, value in rows.items():
            written.put(key, value)
        written.put(OFFSET_KEY, b"%d" % changelog_offset)
        self.database(partition).write(written)

    def database(self, partition: int) -> Any:
        """The RocksDB database of a partition."""
        return self.data._db_for_partition(partition)


def _latest(database: Any, records: Sequence[Any]) -> dict[bytes, bytes]:
    """The rows that change: those whose stamp is at least as high as the stored one's."""
    changes: dict[bytes, bytes] = {}
    for record in records:
        known = changes.get(record.key)
        if known is None or StampedRow.decode(record.value).stamp >= StampedRow.decode(known).stamp:
            changes[record.key] = record.value
    keys = list(changes)
    for key, stored in zip(keys, database.get(keys), strict=True):
        if stored is not None and StampedRow.decode(stored).stamp > StampedRow.decode(changes[key]).stamp:
            del changes[key]
    return changes
