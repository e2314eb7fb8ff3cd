"""triage: keeps what was last decided about each issue, and says when that changes."""

from typing import Any

import msgspec

from agents.batches import own_time, run_batches
from agents.guard import Guard, until_available
from agents.records import Incoming, Outgoing
from agents.stage import StageApp
from agents.table import Changes
from agents.triage.step import triage
from agents.triage.table import TriagedTable
from schemas.triage import Decision

NAME = "triage"
SOURCE = "issues-triaged"
DESTINATION = "issues-tracked"

_decode = msgspec.json.Decoder(Decision).decode


def attach(app: StageApp) -> None:
    """Add the agent and its table to a stage."""
    triaged = TriagedTable(app)
    guard = Guard(NAME, SOURCE, app.config.settings)

    async def handle(batch: list[Incoming]) -> None:
        with own_time(NAME):
            outgoing, changes = _apply(batch, triaged, guard)
        outgoing += guard.take_bad(len(batch))
        await until_available(NAME, lambda: app.send_records(outgoing))
        await until_available(NAME, lambda: triaged.rows.write(changes, batch))

    @app.agent(app.source(SOURCE), name=NAME)  # type: ignore[untyped-decorator]
    async def triage_issues(stream: Any) -> None:
        await run_batches(stream, NAME, handle, app.config.settings.batch_size)


def _apply(
    batch: list[Incoming], triaged: TriagedTable, guard: Guard
) -> tuple[list[Outgoing], dict[int, Changes]]:
    """What to send for a batch and which rows change."""
    known: dict[tuple[int, bytes], Decision | None] = {}
    changes: dict[int, Changes] = {}
    outgoing: list[Outgoing] = []
    for record in batch:
        if not record.value:
            continue  # the issue's project was removed; nothing will ask for its row again
        partition, slot = record.position.partition, (record.position.partition, record.key)
        decision = guard.attempt(record, _decode, record.value)
        if decision is None:
            continue
        if slot not in known:
            known[slot] = triaged.get(partition, record.key)
        change = triage(decision, known[slot])
        if change is not None:
            known[slot] = decision
            changes.setdefault(partition, {})[record.key] = record.value
            outgoing.append(Outgoing(DESTINATION, record.key, msgspec.json.encode(change), []))
    return outgoing, changes
