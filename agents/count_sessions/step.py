"""The pure step of count_sessions: from a report and what was counted of its sessions to the new totals of their bucket.

A session only ever gets worse (healthy, errored, abnormal, crashed), and ``Counted`` counts those that came to a state or a
worse one. So of two reports of the same sessions the larger numbers hold, in whatever order they come, and what a report adds
to the totals is the difference to what was counted before.

The row of the sessions and the row of their totals change together. The totals are written first (``agent.py``), and carry
the stamp of the last report that they hold: had only they been written before a crash, the difference would be found again,
and is recognised by the stamp.
"""

import struct
from typing import NamedTuple

import msgspec

from agents.count.step import bucket_of
from schemas.headers import Position
from schemas.records import ROLLUP_WIDTH
from schemas.sessions import SessionCount, SessionReport

_BUCKET = struct.Struct(">Q")
_TOTALS = b"t"
_SESSIONS = b"s"


class Counted(NamedTuple):
    """Sessions in all, and those that came to a state or a worse one."""

    sessions: int = 0
    errored: int = 0
    abnormal: int = 0
    crashed: int = 0

    @classmethod
    def of(cls, report: SessionReport) -> "Counted":
        """What a report says."""
        crashed = report.crashed
        abnormal = crashed + report.abnormal
        errored = abnormal + report.errored
        return cls(errored + report.healthy, errored, abnormal, crashed)

    def worst(self, other: "Counted") -> "Counted":
        """The larger of each."""
        return Counted(*map(max, self, other))

    def plus(self, later: "Counted", earlier: "Counted") -> "Counted":
        """With what ``later`` has more than ``earlier``."""
        return Counted(*(own + new - old for own, new, old in zip(self, later, earlier, strict=True)))


class Scope(msgspec.Struct, frozen=True, array_like=True):
    """What is counted apart."""

    project: int
    release: str
    environment: str


class SessionRow(msgspec.Struct, frozen=True, array_like=True):
    """What was counted of the sessions of one id, and where: the first report says."""

    counted: Counted
    bucket: int
    release: str
    environment: str
    user: int | None


class TotalRow(msgspec.Struct, frozen=True, array_like=True):
    """The totals of a bucket. ``stamp`` is the (generation, offset) last applied, ``opened`` the position that began them."""

    total: Counted
    stamp: tuple[int, int]
    opened: str


def session_key(report: SessionReport) -> bytes:
    """Key of the row of a report's sessions."""
    return _SESSIONS + f"{report.project}:{report.id}".encode()


def total_key(bucket: int, scope: Scope) -> bytes:
    """Key of the row of a bucket's totals."""
    return _TOTALS + _BUCKET.pack(bucket) + msgspec.json.encode(scope)


def bucket_of_row(key: bytes, row: bytes) -> int:
    """The bucket that a row of either kind is about."""
    if key[:1] == _TOTALS:
        return int(_BUCKET.unpack_from(key, 1)[0])
    return msgspec.msgpack.decode(row, type=SessionRow).bucket


def apply_report(row: SessionRow | None, report: SessionReport) -> SessionRow:
    """The row of the report's sessions after it; the same one where it says nothing new."""
    if row is None:
        bucket = bucket_of(report.started, ROLLUP_WIDTH)
        return SessionRow(Counted.of(report), bucket, report.release, report.environment, report.user)
    counted = row.counted.worst(Counted.of(report))
    user = row.user if report.user is None else report.user
    if (counted, user) == (row.counted, row.user):
        return row
    return SessionRow(counted, row.bucket, row.release, row.environment, user)


def add(total: TotalRow | None, before: SessionRow | None, after: SessionRow, position: Position) -> TotalRow:
    """The totals once sessions went from one row to another by the report at ``position``; a report that they hold already
    changes nothing."""
    if total is None:
        total = TotalRow(Counted(), (-1, -1), position.encode().decode())
    if position.stamp <= total.stamp:
        return total
    earlier = before.counted if before else Counted()
    return TotalRow(total.total.plus(after.counted, earlier), position.stamp, total.opened)


def session_count(
    scope: Scope, bucket: int, partition: int, row: TotalRow, users: set[int], crashed_users: set[int]
) -> SessionCount:
    """The published form of totals. The users are those of the sessions that were reported since they were published
    before."""
    return SessionCount(
        project=scope.project,
        release=scope.release,
        environment=scope.environment,
        bucket=bucket,
        width=ROLLUP_WIDTH,
        partition=partition,
        opened=row.opened,
        sessions=row.total.sessions,
        errored=row.total.errored,
        abnormal=row.total.abnormal,
        crashed=row.total.crashed,
        users=tuple(sorted(users)),
        crashed_users=tuple(sorted(crashed_users)),
    )
