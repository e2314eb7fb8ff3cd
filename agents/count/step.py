"""The pure step of count: from an event and its bucket's row to the bucket's new total.

Totals are running, never deltas (architecture rule 5): publishing one twice changes nothing.
"""

import struct

import msgspec

from agents.event_view import FingerprintedView
from schemas.headers import Position
from schemas.records import ErrorCount

_BUCKET = struct.Struct(">Q")


class Scope(msgspec.Struct, frozen=True, array_like=True):
    """What is counted apart: the finest combination of facets that error rates are asked for."""

    project: int
    issue_id: str
    environment: str
    release: str
    level: str


class CountRow(msgspec.Struct, frozen=True, array_like=True):
    """The total of one bucket. ``stamp`` is the (generation, offset) last applied, ``opened`` the position that began it."""

    total: int
    stamp: tuple[int, int]
    opened: str


def bucket_of(timestamp: float, width: int) -> int:
    """The Unix second at which the bucket of a timestamp begins."""
    return int(timestamp // width) * width


def scope_of(event: FingerprintedView) -> Scope:
    """The scope in which an event is counted."""
    return Scope(
        event.project,
        event.issue_id,
        event.event.environment or "",
        event.event.release or "",
        event.event.level,
    )


def row_key(bucket: int, scope: Scope) -> bytes:
    """Key of a bucket's row; the bucket comes first, so that rows lie in the order of time."""
    return _BUCKET.pack(bucket) + msgspec.json.encode(scope)


def bucket_of_key(key: bytes) -> int:
    """The bucket of a row's key."""
    return int(_BUCKET.unpack_from(key)[0])


def count(row: CountRow | None, position: Position) -> CountRow:
    """The bucket's row after the event at ``position``; an event already applied changes nothing."""
    if row is None:
        return CountRow(1, position.stamp, position.encode().decode())
    if position.stamp <= row.stamp:
        return row
    return CountRow(row.total + 1, position.stamp, row.opened)


def error_count(scope: Scope, bucket: int, width: int, partition: int, row: CountRow) -> ErrorCount:
    """The published form of a total."""
    return ErrorCount(
        project=scope.project,
        issue_id=scope.issue_id,
        environment=scope.environment,
        release=scope.release,
        level=scope.level,
        bucket=bucket,
        width=width,
        partition=partition,
        opened=row.opened,
        total=row.total,
    )
