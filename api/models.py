"""What the API answers, as JSON. Ids are strings, counts integers, times ISO 8601 in UTC.

An event in a list is the stores' own ``EventSummary``.
"""

from datetime import datetime
from typing import Any

import msgspec

from schemas.release import SuspectCommit


class Page(msgspec.Struct, frozen=True):
    """One page of a list. ``next_cursor`` is null on the last."""

    items: list[Any]
    next_cursor: str | None


class ProjectItem(msgspec.Struct, frozen=True):
    """A project of an organisation."""

    id: str
    slug: str
    name: str
    organisation: str


class Issue(msgspec.Struct, frozen=True):
    """An issue. ``count``, ``users`` and ``last_seen`` are of the events that were asked for; ``first_seen`` is of all.

    ``sparkline`` has the events of each of the last 24 hours, the current one last.
    """

    id: str
    project: str
    title: str
    culprit: str
    status: str
    level: str
    platform: str
    count: int
    users: int
    first_seen: datetime
    last_seen: datetime
    sparkline: list[int]


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


class Series(msgspec.Struct, frozen=True):
    """Windowed counts of one combination of what was grouped by. A point is the Unix second at which its window begins,
    the errors in the window, and those a minute."""

    by: dict[str, str]
    points: list[tuple[int, int, float]]


class ErrorRates(msgspec.Struct, frozen=True):
    """Windowed counts: ``window`` and ``step`` in seconds. ``truncated`` says that there are more series."""

    window: int
    step: int
    series: list[Series]
    truncated: bool
