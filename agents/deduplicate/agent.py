"""deduplicate: holds state but never looks into the event, so it moves bytes and recovers fast."""

import asyncio
from typing import Any

from agents.batches import own_time, run_batches
from agents.deduplicate.step import Seen, deduplicate
from agents.expiry import expire_periodically
from agents.guard import Guard, until_available
from agents.records import Incoming, Outgoing, outcome_of, outcome_records
from agents.stage import StageApp
from agents.table import Changes, StateTable
from schemas.headers import ORIGIN, REPLAY, STANDS_FOR, Position, Received
from schemas.records import Outcome

NAME = "deduplicate"
SOURCE = "events-received"
DESTINATION = "events-deduplicated"

_EXPIRY_INTERVAL = 600.0


def attach(app: StageApp) -> None:
    """Add the agent and its table to a stage."""
    settings = app.config.settings
    seen = StateTable(app, "seen", retention=2 * settings.deduplicate_window)
    guard = Guard(NAME, SOURCE, settings)
    busy = asyncio.Lock()

    async def handle(batch: list[Incoming]) -> None:
        async with busy:
            with own_time(NAME):
                outgoing, changes = _apply(batch, seen, guard, app.config.clock())
            outgoing += guard.take_bad(len(batch))
            await until_available(NAME, lambda: app.send_records(outgoing))
            await until_available(NAME, lambda: seen.write(changes, batch))

    @app.agent(app.source(SOURCE), name=NAME)  # type: ignore[untyped-decorator]
    async def deduplicate_events(stream: Any) -> None:
        await run_batches(stream, NAME, handle, settings.batch_size)

    def is_old(key: bytes, row: bytes) -> bool:
        return Seen.decode(row).at < app.config.clock() - settings.deduplicate_window

    expire_periodically(app, seen, busy, is_old, _EXPIRY_INTERVAL)


def _apply(
    batch: list[Incoming], seen: StateTable, guard: Guard, now: float
) -> tuple[list[Outgoing], dict[int, Changes]]:
    """What to send for a batch and which rows change."""
    rows = _read_rows(batch, seen)
    changes: dict[int, Changes] = {}
    outgoing: list[Outgoing] = []
    outcomes: list[Outcome] = []
    for record in batch:
        partition = record.position.partition
        row = rows.get((partition, record.key))
        result = guard.attempt(record, _step, record, row, now)
        if result is None:
            continue
        new_row, after = result
        if new_row is not None and new_row is not row:
            rows[partition, record.key] = new_row
            changes.setdefault(partition, {})[record.key] = new_row.encode()
        if isinstance(after, Outgoing):
            outgoing.append(after)
        else:
            outcomes.append(after)
    return outgoing + outcome_records(outcomes), changes


def _read_rows(batch: list[Incoming], seen: StateTable) -> dict[tuple[int, bytes], Seen]:
    keys: dict[int, set[bytes]] = {}
    for record in batch:
        keys.setdefault(record.position.partition, set()).add(record.key)
    found: dict[tuple[int, bytes], Seen] = {}
    for partition, wanted in keys.items():
        ordered = list(wanted)
        for key, row in zip(ordered, seen.get_many(partition, ordered), strict=True):
            if row is not None:
                found[partition, key] = Seen.decode(row)
    return found


def _step(record: Incoming, row: Seen | None, now: float) -> tuple[Seen | None, Outgoing | Outcome]:
    if record.header(REPLAY) is not None:
        # Its id was seen, and stays what it is: a repeat of the client's is still one.
        return row, _passed_on(record)
    stands_for = record.header(STANDS_FOR)
    new_row, dropped = deduplicate(
        record.position, Position.decode(stands_for) if stands_for else None, row, now
    )
    if dropped is not None:
        return new_row, outcome_of(Received.decode(record.headers), record.position, *dropped)
    return new_row, _passed_on(record)


def _passed_on(record: Incoming) -> Outgoing:
    headers = [*record.headers, (ORIGIN, record.position.encode())]
    return Outgoing(DESTINATION, record.key, record.value, headers)
