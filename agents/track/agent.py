"""track: keeps what is known of each issue, and says when it changes, to the rules that wait for it too."""

from typing import Any

import msgspec

from agents.batches import own_time, run_batches
from agents.event_view import view
from agents.guard import Guard, until_available
from agents.match.changes import change_records, match_changes
from agents.match.wiring import RulesAndRoots, rules_and_roots
from agents.records import Incoming, Outgoing
from agents.stage import StageApp
from agents.table import WATERMARKS_KEY, Changes, StateTable
from agents.track.step import IssueRow, track
from agents.triage.table import TriagedTable
from schemas.records import IssueChange
from schemas.rules import MatchedChange
from schemas.triage import Decision

NAME = "track"
SOURCE = "events-fingerprinted"
DESTINATION = "issues-tracked"


def attach(app: StageApp) -> None:
    """Add the agent and its table to a stage."""
    issues, triaged = StateTable(app, "issues"), TriagedTable(app)
    guard = Guard(NAME, SOURCE, app.config.settings)
    current = rules_and_roots(app)

    async def handle(batch: list[Incoming]) -> None:
        known = await until_available(NAME, current)
        with own_time(NAME):
            rows = _Rows(issues, triaged)
            outgoing = _apply(batch, rows, guard, known, app.config.clock())
            changes = rows.changes()
        outgoing += guard.take_bad(len(batch))
        await until_available(NAME, lambda: app.send_records(outgoing))
        await until_available(NAME, lambda: issues.write(changes, batch))

    @app.agent(app.source(SOURCE), name=NAME)  # type: ignore[untyped-decorator]
    async def track_issues(stream: Any) -> None:
        await run_batches(stream, NAME, handle, app.config.settings.batch_size)


class _Rows:
    """The rows of a batch's issues, read once, by the partition and the key of their records."""

    def __init__(self, issues: StateTable, triaged: TriagedTable) -> None:
        self._issues = issues
        self._triaged = triaged
        self._partitions: set[int] = set()
        self._rows: dict[tuple[int, bytes], tuple[IssueRow | None, Decision | None]] = {}
        self._changed: set[tuple[int, bytes]] = set()

    def is_new(self, record: Incoming) -> bool:
        """Whether a record is to be applied; its partition's watermark is then among the changes."""
        if new := self._issues.is_new(record, NAME):
            self._partitions.add(record.position.partition)
        return new

    def get(self, record: Incoming) -> tuple[IssueRow | None, Decision | None]:
        """What is known of an issue, and what people decided about it."""
        slot = partition, key = record.position.partition, record.key
        if slot not in self._rows:
            stored = self._issues.get(partition, key)
            row = msgspec.msgpack.decode(stored, type=IssueRow) if stored else None
            self._rows[slot] = row, self._triaged.get(partition, key)
        return self._rows[slot]

    def put(self, record: Incoming, row: IssueRow) -> None:
        """Keep an issue's row, if it is another one."""
        slot = record.position.partition, record.key
        before, decision = self._rows[slot]
        if row is not before:
            self._rows[slot] = row, decision
            self._changed.add(slot)

    def changes(self) -> dict[int, Changes]:
        """The rows to write, and the watermarks, by partition."""
        changes: dict[int, Changes] = {partition: {} for partition in self._partitions}
        for slot in self._changed:
            partition, key = slot
            changes[partition][key] = msgspec.msgpack.encode(self._rows[slot][0])
        for partition, rows in changes.items():
            rows[WATERMARKS_KEY] = self._issues.watermarks(partition).encode()
        return changes


def _apply(
    batch: list[Incoming], rows: _Rows, guard: Guard, known: RulesAndRoots, now: float
) -> list[Outgoing]:
    """What to send for a batch. An issue's id is its records' key."""
    outgoing: list[Outgoing] = []
    matched: dict[int, list[MatchedChange]] = {}
    for record in batch:
        if not guard.attempt(record, rows.is_new, record):
            continue
        result = guard.attempt(record, _step, record, rows, known)
        if result is None:
            continue
        row, changes, waited_for = result
        rows.put(record, row)
        for change in changes:
            outgoing.append(Outgoing(DESTINATION, record.key, msgspec.json.encode(change), []))
        if waited_for:
            matched.setdefault(changes[0].project, []).extend(waited_for)
    return outgoing + change_records(matched, now)


def _step(
    record: Incoming, rows: _Rows, known: RulesAndRoots
) -> tuple[IssueRow, list[IssueChange], list[MatchedChange]]:
    row, decision = rows.get(record)
    row, changes = track(view(record.value), row, decision, record.position.stamp)
    return row, changes, match_changes(record.value, changes, known)
