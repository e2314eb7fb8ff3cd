"""The pure step of count: from an event and its buckets' rows to the buckets' new totals.

Totals are running, never deltas (architecture rule 5): publishing one twice changes nothing.
"""

import struct
from typing import NamedTuple

import msgspec

from agents.event_view import FingerprintedView
from schemas.headers import Position
from schemas.records import ROLLUP_WIDTH, ErrorCount

_BUCKET = struct.Struct(">QI")


class Scope(msgspec.Struct, frozen=True, array_like=True):
    """What is counted apart: the finest combination of facets that error rates are asked for. ``issue_id`` is empty in the
    scopes of all issues."""

    project: int
    issue_id: str
    environment: str
    release: str
    level: str


class Bucket(NamedTuple):
    """The ``width`` seconds of event time from the Unix second ``begin`` on, of one scope."""

    scope: Scope
    begin: int
    width: int

    @property
    def key(self) -> bytes:
        """Key of the bucket's row; its end comes first, so that rows lie in the order in which they expire."""
        return _BUCKET.pack(self.begin + self.width, self.width) + msgspec.json.encode(self.scope)


class CountRow(msgspec.Struct, frozen=True, array_like=True):
    """The total of one bucket. ``stamp`` is the (generation, offset) last applied, ``opened`` the position that began it."""

    total: int
    stamp: tuple[int, int]
    opened: str


def bucket_of(timestamp: float, width: int) -> int:
    """The Unix second at which the bucket of a timestamp begins."""
    return int(timestamp // width) * width


def buckets_of(event: FingerprintedView, width: int) -> tuple[Bucket, ...]:
    """The buckets in which an event is counted: the one of ``width`` seconds, and the coarser ones of its issue and of all
    issues."""
    scope = Scope(
        event.project,
        event.issue_id,
        event.event.environment or "",
        event.event.release or "",
        event.event.level,
    )
    timestamp = event.event.timestamp
    coarse = bucket_of(timestamp, ROLLUP_WIDTH)
    return (
        Bucket(scope, bucket_of(timestamp, width), width),
        Bucket(scope, coarse, ROLLUP_WIDTH),
        Bucket(msgspec.structs.replace(scope, issue_id=""), coarse, ROLLUP_WIDTH),
    )


def end_of_key(key: bytes) -> int:
    """The Unix second at which the bucket of a row's key ends."""
    return int(_BUCKET.unpack_from(key)[0])


def count(row: CountRow | None, position: Position) -> CountRow:
    """The bucket's row after the event at ``position``; an event already applied changes nothing."""
    if row is None:
        return CountRow(1, position.stamp, position.encode().decode())
    if position.stamp <= row.stamp:
        return row
    return CountRow(row.total + 1, position.stamp, row.opened)


def error_count(bucket: Bucket, partition: int, row: CountRow, users: set[int]) -> ErrorCount:
    """The published form of a total. ``users`` are those of the events since it was published before."""
    scope = bucket.scope
    return ErrorCount(
        project=scope.project,
        issue_id=scope.issue_id,
        environment=scope.environment,
        release=scope.release,
        level=scope.level,
        bucket=bucket.begin,
        width=bucket.width,
        partition=partition,
        opened=row.opened,
        total=row.total,
        users=tuple(sorted(users)),
    )
