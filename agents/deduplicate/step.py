"""The pure step of deduplicate. A repeat is the same event id at another origin (architecture rule 3)."""

import struct
from typing import NamedTuple

from agents.records import Dropped
from schemas.headers import Position

_ROW = struct.Struct(">IQQd")


class Seen(NamedTuple):
    """A row of the table: where an event id was first seen, and when (Unix seconds)."""

    origin: Position
    at: float

    def encode(self) -> bytes:
        """28 bytes, big-endian: partition, generation, offset, time."""
        return _ROW.pack(*self.origin, self.at)

    @classmethod
    def decode(cls, row: bytes) -> "Seen":
        """The inverse of ``encode``."""
        partition, generation, offset, at = _ROW.unpack(row)
        return cls(Position(partition, generation, offset), at)


def deduplicate(
    origin: Position, stands_for: Position | None, row: Seen | None, now: float
) -> tuple[Seen, Dropped | None]:
    """The id's row after this record, and a drop if the record is a repeat; otherwise it is to be passed on.

    A redelivered record finds its own origin and is passed on again: a crash between marking and forwarding must not lose
    the event. A redriven record (``stands_for``) is let through once, and takes the place of the origin it stands for.
    """
    if row is None or row.origin == stands_for:
        return Seen(origin, now), None
    if row.origin == origin:
        return row, None
    return row, Dropped("duplicate", "event_id_seen")
