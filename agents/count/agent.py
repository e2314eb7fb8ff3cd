"""count: running totals of event-time buckets, published as they grow."""

import asyncio
from typing import Any

import msgspec

from agents.batches import own_time, run_batches
from agents.count.step import CountRow, Scope, bucket_of, bucket_of_key, count, error_count, row_key, scope_of
from agents.event_view import view
from agents.expiry import expire_periodically
from agents.guard import Guard, until_available
from agents.records import Incoming, Outgoing
from agents.stage import StageApp
from agents.table import WATERMARKS_KEY, Changes, StateTable
from settings import Settings

NAME = "count"
SOURCE = "events-fingerprinted"
DESTINATION = "errors-counted"

_EXPIRY_INTERVAL = 60.0


def attach(app: StageApp) -> None:
    """Add the agent and its table to a stage."""
    settings = app.config.settings
    counts = StateTable(app, "counts", retention=2 * settings.count_lateness + settings.max_event_age)
    guard = Guard(NAME, SOURCE, settings)
    busy = asyncio.Lock()

    async def handle(batch: list[Incoming]) -> None:
        async with busy:
            with own_time(NAME):
                outgoing, changes = _apply(batch, counts, guard, settings)
            outgoing += guard.take_bad(len(batch))
            await until_available(NAME, lambda: app.send_records(outgoing))
            await until_available(NAME, lambda: counts.write(changes, batch))

    @app.agent(app.source(SOURCE), name=NAME)  # type: ignore[untyped-decorator]
    async def count_errors(stream: Any) -> None:
        await run_batches(stream, NAME, handle, settings.batch_size)

    def is_old(key: bytes, _row: bytes) -> bool:
        return bucket_of_key(key) + settings.count_bucket + settings.count_lateness < app.config.clock()

    expire_periodically(app, counts, busy, is_old, _EXPIRY_INTERVAL, ordered=True)


def _apply(
    batch: list[Incoming], counts: StateTable, guard: Guard, settings: Settings
) -> tuple[list[Outgoing], dict[int, Changes]]:
    """The totals to publish for a batch, each once, and the rows behind them."""
    totals: dict[tuple[int, bytes], tuple[Scope, CountRow]] = {}
    touched: set[int] = set()
    for record in batch:
        partition = record.position.partition
        if not guard.attempt(record, counts.is_new, record, NAME):
            continue
        touched.add(partition)
        guard.attempt(record, _add, record, totals, counts, settings.count_bucket)
    changes: dict[int, Changes] = {partition: {} for partition in touched}
    outgoing: list[Outgoing] = []
    for (partition, key), (scope, row) in totals.items():
        changes[partition][key] = msgspec.msgpack.encode(row)
        total = error_count(scope, bucket_of_key(key), settings.count_bucket, partition, row)
        outgoing.append(Outgoing(DESTINATION, msgspec.json.encode(scope), msgspec.json.encode(total), []))
    for partition, rows in changes.items():
        rows[WATERMARKS_KEY] = counts.watermarks(partition).encode()
    return outgoing, changes


def _add(
    record: Incoming, totals: dict[tuple[int, bytes], tuple[Scope, CountRow]], counts: StateTable, width: int
) -> None:
    event = view(record.value)
    scope = scope_of(event)
    partition = record.position.partition
    key = row_key(bucket_of(event.event.timestamp, width), scope)
    if (known := totals.get((partition, key))) is not None:
        row: CountRow | None = known[1]
    else:
        stored = counts.get(partition, key)
        row = msgspec.msgpack.decode(stored, type=CountRow) if stored else None
    totals[partition, key] = scope, count(row, record.position)
