"""Inserts for the clickhouse sink: a block at a time, tried again while ClickHouse is away, halved around a bad row."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from agents.guard import Guard, until_available
from agents.records import Incoming
from agents.sinks.clickhouse.encode import LEASE_COLUMN, lease_until
from agents.stage import StageApp
from stores.errors import StoreRejected

#: Rows with the record that each came from.
Rows = list[tuple[Incoming, tuple[Any, ...]]]


@dataclass(frozen=True)
class Target:
    """A table and its agent. Rows that are ``leased`` must be stored exactly once, so ClickHouse takes them only while the
    sink owns their partitions."""

    agent: str
    table: str
    columns: tuple[str, ...]
    leased: bool = False


async def insert_rows(app: StageApp, target: Target, rows: Rows, guard: Guard) -> None:
    """Insert rows in blocks of the setting ``clickhouse_batch``. A row that ClickHouse refuses is given to the guard.

    Raises:
        LeaseExpired: the sink was held up for so long that its partitions may have another owner.
    """
    size = app.config.settings.clickhouse_batch
    for start in range(0, len(rows), size):
        await _insert_block(app, target, rows[start : start + size], guard)


async def _insert_block(app: StageApp, target: Target, rows: Rows, guard: Guard) -> None:
    try:
        await until_available(target.agent, lambda: _attempt(app, target, rows))
    except StoreRejected as error:
        if len(rows) == 1:
            guard.reject(rows[0][0], error)
            return
        middle = len(rows) // 2
        await _insert_block(app, target, rows[:middle], guard)
        await _insert_block(app, target, rows[middle:], guard)


async def _attempt(app: StageApp, target: Target, rows: Rows) -> None:
    columns, values = target.columns, [row for _, row in rows]
    if target.leased:
        # Asked at each attempt, which may come long after the one before.
        lease = lease_until(app.lease_until())
        columns, values = (*columns, LEASE_COLUMN), [(*row, lease) for row in values]
    await app.stores.events.insert(target.table, columns, values, _token(rows))


def _token(rows: Rows) -> str:
    """Names the block by the positions of all its rows, so that a retry of an insert that did arrive changes nothing, and
    no other block is taken for it."""
    positions = b" ".join(record.position.encode() for record, _ in rows)
    return blake2b(positions, digest_size=16).hexdigest()
