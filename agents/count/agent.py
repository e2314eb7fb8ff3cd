"""count: running totals of event-time buckets, published as they grow."""

import asyncio
from typing import Any

import msgspec

from agents.batches import own_time, run_batches
from agents.count.step import Bucket, CountRow, buckets_of, count, end_of_key, error_count
from agents.event_view import FingerprintedView, view
from agents.expiry import expire_periodically
from agents.guard import Guard, until_available
from agents.records import Incoming, Outgoing
from agents.stage import StageApp
from agents.table import WATERMARKS_KEY, Changes, StateTable
from agents.users import user_key
from schemas.users import user_hash
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
        return end_of_key(key) + settings.count_lateness < app.config.clock()

    expire_periodically(app, counts, busy, is_old, _EXPIRY_INTERVAL, ordered=True)


def _apply(
    batch: list[Incoming], counts: StateTable, guard: Guard, settings: Settings
) -> tuple[list[Outgoing], dict[int, Changes]]:
    """The totals to publish for a batch, each once, and the rows behind them."""
    totals = _Totals(counts)
    touched: set[int] = set()
    for record in batch:
        partition = record.position.partition
        if not guard.attempt(record, counts.is_new, record, NAME):
            continue
        touched.add(partition)
        guard.attempt(record, _add, record, totals, settings.count_bucket)
    changes: dict[int, Changes] = {partition: {} for partition in touched}
    outgoing: list[Outgoing] = []
    for (partition, key), (bucket, row, users) in totals.changed.items():
        changes[partition][key] = msgspec.msgpack.encode(row)
        total = error_count(bucket, partition, row, users)
        outgoing.append(
            Outgoing(DESTINATION, msgspec.json.encode(bucket.scope), msgspec.json.encode(total), [])
        )
    for partition, rows in changes.items():
        rows[WATERMARKS_KEY] = counts.watermarks(partition).encode()
    return outgoing, changes


class _Totals:
    """The totals that a batch changes, by partition and row key, each with the users of the batch's events."""

    def __init__(self, counts: StateTable) -> None:
        self._counts = counts
        self.changed: dict[tuple[int, bytes], tuple[Bucket, CountRow, set[int]]] = {}

    def add(self, bucket: Bucket, record: Incoming, user: int | None) -> None:
        """Count a record in a bucket."""
        partition, key = record.position.partition, bucket.key
        row: CountRow | None
        if (known := self.changed.get((partition, key))) is not None:
            _, row, users = known
        else:
            stored = self._counts.get(partition, key)
            row, users = msgspec.msgpack.decode(stored, type=CountRow) if stored else None, set()
        if user is not None:
            users.add(user)
        self.changed[partition, key] = bucket, count(row, record.position), users


def _add(record: Incoming, totals: _Totals, width: int) -> None:
    event = view(record.value)
    user = _user_of(event)
    for bucket in buckets_of(event, width):
        totals.add(bucket, record, user)


def _user_of(event: FingerprintedView) -> int | None:
    user = event.event.user
    key = user_key(user) if user else ""
    return user_hash(key) if key else None
