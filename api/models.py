"""What the API answers, as JSON. Ids are strings, counts integers, times ISO 8601 in UTC.

An event in a list is the stores' own ``EventSummary``.
"""

from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from schemas.release import SuspectCommit
from schemas.triage import Mute, Resolution

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list. ``next_cursor`` is null on the last."""

    items: list[T]
    next_cursor: str | None


class ProjectItem(msgspec.Struct, frozen=True):
    """A project of an organisation."""

    id: str
    slug: str
    name: str
    organisation: str


class Issue(msgspec.Struct, frozen=True):
    """An issue. ``count``, ``users`` and ``last_seen`` are of the events that were asked for; ``first_seen`` is of all.

    ``status`` is unresolved, resolved or muted; an unresolved one has as ``substatus`` new, ongoing, regressed or escalating,
    others null. ``resolution`` and ``mute`` are those of the last decision, where it has one. ``merged`` are the ids of the
    issues that were merged into this one. ``sparkline`` has the events of each of the last 24 hours, the current one last.
    """

    id: str
    project: str
    title: str
    culprit: str
    status: str
    substatus: str | None
    assignee: str | None
    level: str
    platform: str
    count: int
    users: int
    first_seen: datetime
    last_seen: datetime
    sparkline: list[int]
    resolution: Resolution | None
    mute: Mute | None
    merged: list[str]


class ActivityItem(msgspec.Struct, frozen=True):
    """Something that happened to an issue. ``by`` is who did it, null for what its events did. ``detail`` depends on
    ``kind``: docs/triage.md has them all."""

    id: str
    issue_id: str
    at: datetime
    kind: str
    by: str | None
    detail: dict[str, Any]


class TagValue(msgspec.Struct, frozen=True):
    """A value of a tag, in how many events, and when it was seen."""

    value: str
    count: int
    first_seen: datetime
    last_seen: datetime


class TagDistribution(msgspec.Struct, frozen=True):
    """The most frequent values of one tag, or of a field. ``events`` have it at all, with ``distinct`` values."""

    key: str
    events: int
    distinct: int
    values: list[TagValue]


class Tags(msgspec.Struct, frozen=True):
    """How the values of fields and tags are spread over ``events`` events of an issue."""

    events: int
    fields: list[TagDistribution]
    tags: list[TagDistribution]


class IssueDetail(Issue, frozen=True):
    """One issue. ``first_release`` is the release in which it was seen first; ``suspect_commits`` are the latest commits of
    that release, or else of its latest event's, that changed a file of its latest stack trace."""

    first_release: str | None
    suspect_commits: list[SuspectCommit]


class EventDetail(msgspec.Struct, frozen=True):
    """One event. ``event`` has all fields of the normalised event, ``grouping`` says why it belongs to its issue."""

    event_id: str
    issue_id: str
    project: str
    received: datetime
    timestamp: datetime
    title: str
    culprit: str
    level: str
    platform: str
    fingerprint: list[str]
    grouping: msgspec.Raw
    event: msgspec.Raw


#: The Unix second at which a window begins, its value, and that a minute (None where that would say nothing).
Point = tuple[int, int | float | None, float | None]


class Completions(msgspec.Struct, frozen=True):
    """What could be written in place of the characters of a search from ``start`` up to ``end``."""

    start: int
    end: int
    items: list[str]


class Series(msgspec.Struct, frozen=True, omit_defaults=True):
    """A measure by windows, of one combination of what was grouped by.

    ``previous`` are the points of as many windows right before, and ``change`` by what part the mean of the points differs
    from that of the previous ones (0.5: half as much again), null where these have none or it is 0. Both are absent unless
    they were asked for.
    """

    by: dict[str, str]
    points: list[Point]
    previous: list[Point] | msgspec.UnsetType = msgspec.UNSET
    change: float | msgspec.UnsetType | None = msgspec.UNSET


class ErrorRates(msgspec.Struct, frozen=True):
    """Windowed measures: ``window`` and ``step`` in seconds. ``truncated`` says that there are more series."""

    measure: str
    window: int
    step: int
    series: list[Series]
    truncated: bool


class ReleaseHealth(msgspec.Struct, frozen=True):
    """What became of a release's sessions. ``sessions`` are ``healthy``, ``errored``, ``abnormal`` and ``crashed`` together,
    each in its worst state; the crash-free parts go from 0 to 1. ``first_session`` and ``last_session`` are the quarters of
    an hour in which the first and the last of them started."""

    release: str
    sessions: int
    healthy: int
    errored: int
    abnormal: int
    crashed: int
    users: int
    crash_free_sessions: float | None
    crash_free_users: float | None
    errors: int
    errors_per_session: float | None
    first_session: datetime
    last_session: datetime
