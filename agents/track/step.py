"""The pure step of track: from an event and its issue's row to the issue's changes."""

import msgspec

from agents.event_view import FingerprintedView
from schemas.records import IssueChange

Stamp = tuple[int, int]


class IssueRow(msgspec.Struct, frozen=True, array_like=True):
    """What track remembers of an issue. ``stamp`` is the position of the record last applied, as (generation, offset)."""

    first_seen: float
    stamp: Stamp


def track(event: FingerprintedView, row: IssueRow | None, stamp: Stamp) -> tuple[IssueRow, list[IssueChange]]:
    """The issue's row after this event, and what changed. An event already applied (by its stamp) changes nothing."""
    if row is not None:
        return row, []
    return IssueRow(event.event.timestamp, stamp), [_change(event, "created")]


def _change(event: FingerprintedView, change: str) -> IssueChange:
    return IssueChange(
        id=f"{event.issue_id}:{change}:{event.event.event_id}",
        project=event.project,
        issue_id=event.issue_id,
        change=change,
        at=event.event.timestamp,
        event_id=event.event.event_id,
        title=event.grouping.title,
        culprit=event.grouping.culprit,
        level=event.event.level,
        platform=event.event.platform,
        release=event.event.release,
        environment=event.event.environment,
    )
