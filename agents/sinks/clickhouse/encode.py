"""From records to the rows of ClickHouse's tables: pure, one function a table, beside the columns in the same order.

Times are whole microseconds, as ``DateTime64(6)`` takes them; absent text is the empty string.
"""

from typing import Any

import msgspec

from agents.fingerprint.search_text import search_text
from agents.records import Incoming
from agents.users import user_key
from schemas.alerts import AlertEvent
from schemas.event import Event
from schemas.headers import REPLAY, Received, Replay
from schemas.records import ROLLUP_WIDTH, ErrorCount, Grouping, IssueChange, Outcomes
from schemas.sessions import SessionCount

EVENT_COLUMNS = (
    "project",
    "issue_id",
    "event_id",
    "received",
    "timestamp",
    "platform",
    "level",
    "logger",
    "release",
    "dist",
    "environment",
    "server_name",
    "sdk",
    "transaction",
    "title",
    "culprit",
    "message",
    "exception_types",
    "exception_values",
    "fingerprint",
    "user_key",
    "user_id",
    "user_email",
    "tags",
    "search_text",
    "event",
    "grouping",
    "key_id",
    "origin_partition",
    "origin_generation",
    "origin_offset",
    "partition",
    "generation",
    "offset",
    "replay",
    "archived_partition",
    "archived_generation",
    "archived_offset",
)
ISSUE_COLUMNS = (
    "project",
    "issue_id",
    "id",
    "change",
    "at",
    "event_id",
    "title",
    "culprit",
    "level",
    "platform",
    "release",
    "environment",
    "status",
    "triage_version",
    "sequence",
    "decided",
    "muted_until",
)
COUNT_COLUMNS = (
    "project",
    "bucket",
    "issue_id",
    "environment",
    "release",
    "level",
    "partition",
    "opened",
    "width",
    "total",
)
#: Of the coarser totals by issue; ``seen_users`` become a state of ``users`` as the row is stored.
ISSUE_COUNT_COLUMNS = (
    "project",
    "issue_id",
    "bucket",
    "environment",
    "release",
    "level",
    "partition",
    "opened",
    "total",
    "seen_users",
)
PROJECT_COUNT_COLUMNS = tuple(column for column in ISSUE_COUNT_COLUMNS if column != "issue_id")
#: ``seen_users`` and ``seen_crashed_users`` become states as the row is stored.
SESSION_COLUMNS = (
    "project",
    "bucket",
    "release",
    "environment",
    "partition",
    "opened",
    "sessions",
    "errored",
    "abnormal",
    "crashed",
    "seen_users",
    "seen_crashed_users",
)
OUTCOME_COLUMNS = ("project", "id", "key_id", "outcome", "reason", "category", "quantity", "at")
ALERT_COLUMNS = ("project", "started", "alert_id", "state", "rule", "kind", "severity", "ended", "alert")
#: A column of events beside ``EVENT_COLUMNS``, whose value is known only when the rows are sent.
LEASE_COLUMN = "lease_until"

#: 2100-01-01 in Unix seconds, the column's default: a lease that does not end.
_NO_END = 4_102_444_800

Row = tuple[Any, ...]


class StoredEvent(msgspec.Struct, frozen=True):
    """``FingerprintedEvent`` with the parts that are stored as JSON left as they came, and without the payload."""

    project: int
    issue_id: str
    received: float
    event: msgspec.Raw
    grouping: msgspec.Raw


_stored_event = msgspec.json.Decoder(StoredEvent).decode
_event = msgspec.json.Decoder(Event).decode
_grouping = msgspec.json.Decoder(Grouping).decode
_issue_change = msgspec.json.Decoder(IssueChange).decode
_error_count = msgspec.json.Decoder(ErrorCount).decode
_session_count = msgspec.json.Decoder(SessionCount).decode
_alert = msgspec.json.Decoder(AlertEvent).decode
_outcomes = msgspec.json.Decoder(Outcomes).decode


def event_row_of(record: Incoming) -> Row:
    """The row of ``events`` for a record of events-fingerprinted.

    Raises:
        msgspec.MsgspecError: the value is not a ``FingerprintedEvent``.
        KeyError, ValueError: a header is missing or has the wrong form.
    """
    stored = _stored_event(record.value)
    received = Received.decode(record.headers)
    event, grouping = _event(stored.event), _grouping(stored.grouping)
    origin, position = record.origin, record.position
    user = event.user
    replayed = record.header(REPLAY)
    replay = Replay(0, position) if replayed is None else Replay.decode(replayed)
    return (
        stored.project,
        stored.issue_id,
        event.event_id,
        microseconds(stored.received),
        microseconds(event.timestamp),
        event.platform,
        event.level,
        event.logger or "",
        event.release or "",
        event.dist or "",
        event.environment or "",
        event.server_name or "",
        event.sdk or "",
        event.transaction or "",
        grouping.title,
        grouping.culprit,
        event.message or "",
        [exception.type for exception in event.exceptions if exception.type],
        [exception.value for exception in event.exceptions if exception.value],
        grouping.fingerprint,
        user_key(user) if user else "",
        (user.id or "") if user else "",
        (user.email or "") if user else "",
        event.tags,
        search_text(event).lower(),
        bytes(stored.event),
        bytes(stored.grouping),
        received.key_id,
        origin.partition,
        origin.generation,
        origin.offset,
        position.partition,
        position.generation,
        position.offset,
        replay.number,
        *replay.archived,
    )


def issue_row(change: IssueChange) -> Row:
    """The row of ``issues`` for a change."""
    return (
        change.project,
        change.issue_id,
        change.id,
        change.change,
        microseconds(change.at),
        change.event_id,
        change.title,
        change.culprit,
        change.level,
        change.platform,
        change.release or "",
        change.environment or "",
        change.status,
        change.triage_version,
        change.sequence,
        microseconds(change.decided),
        microseconds(change.muted_until or 0.0),
    )


def count_row(count: ErrorCount) -> Row:
    """The row of ``error_counts`` for a running total."""
    return (
        count.project,
        count.bucket,
        count.issue_id,
        count.environment,
        count.release,
        count.level,
        count.partition,
        count.opened,
        count.width,
        count.total,
    )


def issue_count_row(count: ErrorCount) -> Row:
    """The row of ``issue_error_counts`` for a coarser total of one issue."""
    project, *rest = project_count_row(count)
    return (project, count.issue_id, *rest)


def project_count_row(count: ErrorCount) -> Row:
    """The row of ``project_error_counts`` for a coarser total of all issues."""
    return (
        count.project,
        count.bucket,
        count.environment,
        count.release,
        count.level,
        count.partition,
        count.opened,
        count.total,
        count.users,
    )


def session_row(count: SessionCount) -> Row:
    """The row of ``session_counts`` for running totals."""
    return (
        count.project,
        count.bucket,
        count.release,
        count.environment,
        count.partition,
        count.opened,
        count.sessions,
        count.errored,
        count.abnormal,
        count.crashed,
        count.users,
        count.crashed_users,
    )


def outcome_rows(outcomes: Outcomes) -> list[Row]:
    """The rows of ``outcomes`` for a batch of them."""
    return [
        (o.project, o.id, o.key_id, o.outcome, o.reason, o.category, o.quantity, microseconds(o.at))
        for o in outcomes.outcomes
    ]


def alert_row(event: AlertEvent) -> Row:
    """The row of ``alerts`` for the firing or resolving of an alert; one that goes on ended in 1970."""
    alert = event.data
    return (
        alert.project,
        microseconds(alert.started),
        alert.alert_id,
        alert.state,
        alert.rule,
        alert.kind,
        alert.severity,
        microseconds(alert.ended or 0.0),
        msgspec.json.encode(alert),
    )


def issue_row_of(record: Incoming) -> Row:
    """The row of ``issues`` for a record of issues-tracked."""
    return issue_row(_issue_change(record.value))


def count_row_of(record: Incoming) -> tuple[str, Row]:
    """The table and the row for a record of errors-counted."""
    count = _error_count(record.value)
    if count.width != ROLLUP_WIDTH:
        return "error_counts", count_row(count)
    if count.issue_id:
        return "issue_error_counts", issue_count_row(count)
    return "project_error_counts", project_count_row(count)


def session_row_of(record: Incoming) -> Row:
    """The row of ``session_counts`` for a record of sessions-counted."""
    return session_row(_session_count(record.value))


def outcome_rows_of(record: Incoming) -> list[Row]:
    """The rows of ``outcomes`` for a record of outcomes-recorded."""
    return outcome_rows(_outcomes(record.value))


def alert_row_of(record: Incoming) -> Row:
    """The row of ``alerts`` for a record of alerts-evaluated."""
    return alert_row(_alert(record.value))


def lease_until(until: float) -> int:
    """The value of ``LEASE_COLUMN``, whole milliseconds, for a lease that ends at ``until`` (Unix seconds, rounded down, or
    ``math.inf``)."""
    return int(min(until, _NO_END) * 1000)


def microseconds(seconds: float) -> int:
    """Unix seconds as whole microseconds, as near as a float of today's times can tell."""
    return round(seconds * 1_000_000)
