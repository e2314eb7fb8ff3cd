"""track: keeps what is known of each issue, and says when it changes."""

from typing import Any

import msgspec

from agents.batches import own_time, run_batches
from agents.event_view import view
from agents.guard import Guard, until_available
from agents.records import Incoming, Outgoing
from agents.stage import StageApp
from agents.table import WATERMARKS_KEY, Changes, StateTable
from agents.track.step import IssueRow, track
from agents.triage.table import TriagedTable
from schemas.records import IssueChange
from schemas.triage import Decision

NAME = "track"
SOURCE = "events-fingerprinted"
DESTINATION = "issues-tracked"


def attach(app: StageApp) -> None:
    """Add the agent and its table to a stage."""
    issues, triaged = StateTable(app, "issues"), TriagedTable(app)
    guard = Guard(NAME, SOURCE, app.config.settings)

    async def handle(batch: list[Incoming]) -> None:
        with own_time(NAME):
            outgoing, changes = _apply(batch, issues, triaged, guard)
        outgoing += guard.take_bad(len(batch))
        await until_available(NAME, lambda: app.send_records(outgoing))
        await until_available(NAME, lambda: issues.write(changes, batch))

    @app.agent(app.source(SOURCE), name=NAME)  # type: ignore[untyped-decorator]
    async def track_issues(stream: Any) -> None:
        await run_batches(stream, NAME, handle, app.config.settings.batch_size)


def _apply(
    batch: list[Incoming], issues: StateTable, triaged: TriagedTable, guard: Guard
) -> tuple[list[Outgoing], dict[int, Changes]]:
    """What to send for a batch and which rows change. An issue's id is its records' key."""
    rows: dict[tuple[int, bytes], IssueRow | None] = {}
    decisions: dict[tuple[int, bytes], Decision | None] = {}
    changed: set[tuple[int, bytes]] = set()
    changes: dict[int, Changes] = {}
    outgoing: list[Outgoing] = []
    for record in batch:
        partition = record.position.partition
        if not guard.attempt(record, issues.is_new, record, NAME):
            continue
        changes.setdefault(partition, {})
        slot = partition, record.key
        if slot not in rows:
            stored = issues.get(partition, record.key)
            rows[slot] = msgspec.msgpack.decode(stored, type=IssueRow) if stored else None
            decisions[slot] = triaged.get(partition, record.key)
        row = rows[slot]
        result = guard.attempt(record, _step, record, row, decisions[slot])
        if result is None:
            continue
        rows[slot], issue_changes = result
        if rows[slot] is not row:
            changed.add(slot)
        outgoing += [
            Outgoing(DESTINATION, record.key, msgspec.json.encode(change), []) for change in issue_changes
        ]
    for slot in changed:
        partition, key = slot
        changes[partition][key] = msgspec.msgpack.encode(rows[slot])
    for partition, rows_changed in changes.items():
        rows_changed[WATERMARKS_KEY] = issues.watermarks(partition).encode()
    return outgoing, changes


def _step(
    record: Incoming, row: IssueRow | None, decision: Decision | None
) -> tuple[IssueRow, list[IssueChange]]:
    return track(view(record.value), row, decision, record.position.stamp)
