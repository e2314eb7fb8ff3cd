"""The pure step of track: from an event, its issue's row and what people decided to the issue's changes.

What time alone changes is no change here, but is worked out where it is read: a mute whose moment has passed, and an issue
that is not new any more. (The record of the former comes with the next event.) docs/triage.md says what the states mean.
"""

import msgspec
from msgspec.structs import replace

from agents.event_view import FingerprintedView
from agents.track.forecast import LEAST, WEEK, bound, hour_of, with_event
from agents.track.mute import Muted, after_event, is_over
from agents.track.resolution import contradicts
from agents.users import user_key
from schemas.records import IssueChange
from schemas.triage import Decision, Mute, Status

Stamp = tuple[int, int]


class IssueRow(msgspec.Struct, frozen=True, array_like=True):
    """What track remembers of an issue. ``stamp`` is the position of the record last applied, as (generation, offset).

    ``version`` and ``decided`` are those of the decision that holds, ``sequence`` counts the changes since. ``hours`` are
    the events of each hour of the last week (``agents/track/forecast.py``), ``escalated`` the hour in which the issue last
    escalated and the bound that it was over, and ``muted`` what was counted since it was muted.
    """

    first_seen: float
    stamp: Stamp
    status: Status = "unresolved"
    version: int = 0
    decided: float = 0.0
    sequence: int = 0
    hours: dict[int, int] = {}
    escalated: tuple[int, float] | None = None
    muted: Muted | None = None


def track(
    event: FingerprintedView, row: IssueRow | None, decision: Decision | None, stamp: Stamp
) -> tuple[IssueRow, list[IssueChange]]:
    """The issue's row after this event, and what changed. An event already applied (by its stamp) changes nothing."""
    if row is not None and stamp <= row.stamp:
        return row, []
    changes: list[IssueChange] = []
    if row is None:
        row = IssueRow(event.event.timestamp, stamp, sequence=1)
        changes.append(_change(event, row, "created"))
    row = _counted(_decided(row, decision), event, stamp)
    row, change = _transition(event, row, decision)
    if change is None:
        return row, changes
    if row.status != "unresolved":
        row = _calm_first(row)
    row = replace(row, status="unresolved", sequence=row.sequence + 1, muted=None)
    return row, [*changes, _change(event, row, change)]


def _decided(row: IssueRow, decision: Decision | None) -> IssueRow:
    """The row once a decision holds that it does not know yet."""
    if decision is None or decision.version <= row.version:
        return row
    return replace(
        row,
        status=decision.status,
        version=decision.version,
        decided=decision.decided,
        sequence=0,
        muted=Muted() if decision.status == "muted" else None,
    )


def _counted(row: IssueRow, event: FingerprintedView, stamp: Stamp) -> IssueRow:
    return replace(
        row,
        stamp=stamp,
        first_seen=min(row.first_seen, event.event.timestamp),
        hours=with_event(row.hours, hour_of(event.event.timestamp)),
    )


def _transition(
    event: FingerprintedView, row: IssueRow, decision: Decision | None
) -> tuple[IssueRow, str | None]:
    """How the issue's status changes by an event that was counted."""
    known = decision if decision is not None and decision.version == row.version else None
    if row.status == "resolved":
        resolution = known.resolution if known else None
        return row, "regressed" if contradicts(resolution, row.decided, event.event) else None
    if row.status == "unresolved":
        return _escalation(row, event, "escalating")
    if known is None or known.mute is None or event.event.timestamp <= row.decided:
        return row, None
    return _under_mute(event, row, known.mute)


def _under_mute(event: FingerprintedView, row: IssueRow, mute: Mute) -> tuple[IssueRow, str | None]:
    user = user_key(event.event.user) if event.event.user else ""
    muted = after_event(row.muted or Muted(), mute, event.event.timestamp, user)
    row = replace(row, muted=muted)
    if is_over(muted, mute, event.event.timestamp):
        return row, "unmuted"
    return _escalation(row, event, "unmuted") if mute.escalating else (row, None)


def _escalation(row: IssueRow, event: FingerprintedView, change: str) -> tuple[IssueRow, str | None]:
    """The change where the event's hour, which must be the latest, goes beyond its bound.

    Once it has, it must first calm down before it can again: an hour in between with less than half of that bound.
    """
    hour = hour_of(event.event.timestamp)
    count = row.hours.get(hour, 0)
    if count <= LEAST or hour < max(row.hours):
        return row, None
    if row.escalated is not None:
        last, limit = row.escalated
        if not any(row.hours.get(h, 0) < limit / 2 for h in range(max(last + 1, hour - WEEK), hour)):
            return row, None
    allowed = bound(row.hours, hour, row.first_seen)
    if allowed is None or count <= allowed:
        return row, None
    return replace(row, escalated=(hour, allowed)), change


def _calm_first(row: IssueRow) -> IssueRow:
    """An issue that has just come back does not escalate on top of that, unless it calms down in between."""
    hour = max(row.hours)
    return replace(row, escalated=(hour, bound(row.hours, hour, row.first_seen) or float(LEAST)))


def _change(event: FingerprintedView, row: IssueRow, change: str) -> IssueChange:
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
        status=row.status,
        triage_version=row.version,
        sequence=row.sequence,
        decided=row.decided,
    )
