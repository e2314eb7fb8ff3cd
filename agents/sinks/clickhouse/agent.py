"""The clickhouse sink: agents that insert what the graph made.

Rows of issues, counts, alerts and outcomes may be inserted twice: their tables keep one of each. Events are stored exactly
once: the table ``stored`` keeps the watermarks of origins, on assignment the sink reads back which positions ClickHouse has,
and ClickHouse refuses what comes after the sink's lease of its partitions. A refusal of that kind (``LeaseExpired``) fails
the stage, which acknowledges nothing and begins again from the committed offsets of the partitions that it then has.
"""

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from agents.batches import Linger, own_time, run_batches
from agents.guard import Guard, until_available
from agents.records import Incoming, Outgoing, concerns
from agents.sinks.clickhouse import encode
from agents.sinks.clickhouse.insert import Rows, Target, insert_rows
from agents.sinks.positions import StoredPositions
from agents.stage import StageApp
from agents.table import StateTable
from schemas.headers import ONLY, Received
from stores.events.superseded import drop_superseded
from stores.events.watermarks import stored_offsets
from stores.ports import AnalyticalStore

EVENTS = "clickhouse_events"

#: Values of one batch: ClickHouse holds several times as much while it inserts, and may use 400 MiB.
_BATCH_BYTES = 16 * 1024 * 1024

_EVENTS = Target(EVENTS, "events", encode.EVENT_COLUMNS, leased=True)
_ISSUES = Target("clickhouse_issues", "issues", encode.ISSUE_COLUMNS)
_COUNTS = "clickhouse_counts"
_COUNT_TARGETS = (
    Target(_COUNTS, "error_counts", encode.COUNT_COLUMNS),
    Target(_COUNTS, "issue_error_counts", encode.ISSUE_COUNT_COLUMNS),
    Target(_COUNTS, "project_error_counts", encode.PROJECT_COUNT_COLUMNS),
)
_SESSIONS = Target("clickhouse_sessions", "session_counts", encode.SESSION_COLUMNS)
_ALERTS = Target("clickhouse_alerts", "alerts", encode.ALERT_COLUMNS)
_OUTCOMES = Target("clickhouse_outcomes", "outcomes", encode.OUTCOME_COLUMNS)


def attach_events(app: StageApp) -> None:
    """Add the agent that stores events."""
    stored = StateTable(app, "stored")
    guard = Guard(EVENTS, "events-fingerprinted", app.config.settings)
    events = app.stores.events

    async def load(partition: int, generation: int, first: int) -> set[int]:
        return await until_available(
            EVENTS, lambda: stored_offsets(events, "events", partition, generation, first)
        )

    positions = StoredPositions(app, stored, EVENTS, load)

    async def handle(batch: list[Incoming]) -> None:
        await positions.prepare(batch)
        with own_time(EVENTS):
            new = [record for record in batch if guard.attempt(record, positions.is_new, record)]
            rows = _encode(new, guard, lambda record: [encode.event_row_of(record)])
        await insert_rows(app, _EVENTS, rows, guard)
        await until_available(EVENTS, lambda: _replace(events, batch))
        await _put_aside(app, EVENTS, guard.take_bad(len(batch)))
        await until_available(EVENTS, lambda: stored.write_watermarks(new))

    _attach(app, EVENTS, "events-fingerprinted", handle)


async def _replace(events: AnalyticalStore, batch: list[Incoming]) -> None:
    """See that of the events that were replayed, or redriven after a replay, only the latest row is left. Whether a row was
    stored just now or before a crash makes no difference, so this asks for all of them."""
    replayed: dict[int, list[Received]] = defaultdict(list)
    for record in batch:
        if record.header(ONLY) is None or not concerns(record, EVENTS):
            continue
        with suppress(KeyError, ValueError):  # the guard has put aside what cannot be read
            received = Received.decode(record.headers)
            replayed[received.project].append(received)
    for project, group in replayed.items():
        times = [received.received for received in group]
        ids = [received.event_id for received in group]
        await drop_superseded(events, project, ids, min(times), max(times))


def attach_issues(app: StageApp) -> None:
    """Add the agent that stores changes of issues."""
    _attach_plain(app, _ISSUES, "issues-tracked", lambda record: [encode.issue_row_of(record)])


def attach_counts(app: StageApp) -> None:
    """Add the agent that stores totals: the fine and the coarser ones, each in their table."""
    guard = Guard(_COUNTS, "errors-counted", app.config.settings)

    async def handle(batch: list[Incoming]) -> None:
        with own_time(_COUNTS):
            rows = _encode(batch, guard, lambda record: [encode.count_row_of(record)])
        for target in _COUNT_TARGETS:
            own = [(record, values) for record, (table, values) in rows if table == target.table]
            await insert_rows(app, target, own, guard)
        await _put_aside(app, _COUNTS, guard.take_bad(len(batch)))

    _attach(app, _COUNTS, "errors-counted", handle)


def attach_sessions(app: StageApp) -> None:
    """Add the agent that stores totals of sessions."""
    _attach_plain(app, _SESSIONS, "sessions-counted", lambda record: [encode.session_row_of(record)])


def attach_alerts(app: StageApp) -> None:
    """Add the agent that stores alerts."""
    _attach_plain(app, _ALERTS, "alerts-evaluated", lambda record: [encode.alert_row_of(record)])


def attach_outcomes(app: StageApp) -> None:
    """Add the agent that stores outcomes."""
    _attach_plain(app, _OUTCOMES, "outcomes-recorded", encode.outcome_rows_of)


def _attach_plain(
    app: StageApp, target: Target, source: str, to_rows: Callable[[Incoming], list[tuple[Any, ...]]]
) -> None:
    agent = target.agent
    guard = Guard(agent, source, app.config.settings)

    async def handle(batch: list[Incoming]) -> None:
        with own_time(agent):
            rows = _encode(batch, guard, to_rows)
        await insert_rows(app, target, rows, guard)
        await _put_aside(app, agent, guard.take_bad(len(batch)))

    _attach(app, agent, source, handle)


def _attach(app: StageApp, agent: str, source: str, handle: Any) -> None:
    settings = app.config.settings

    @app.agent(app.source(source), name=agent)  # type: ignore[untyped-decorator]
    async def store(stream: Any) -> None:
        linger = Linger(settings.clickhouse_linger, settings.clickhouse_longest_linger)
        await run_batches(stream, agent, handle, settings.clickhouse_batch, linger, _BATCH_BYTES)


def _encode(
    batch: list[Incoming], guard: Guard, to_rows: Callable[[Incoming], list[tuple[Any, ...]]]
) -> Rows:
    rows: Rows = []
    for record in batch:
        rows += [(record, row) for row in guard.attempt(record, to_rows, record) or ()]
    return rows


async def _put_aside(app: StageApp, agent: str, bad: list[Outgoing]) -> None:
    if bad:
        await until_available(agent, lambda: app.send_records(bad))
