"""Inserts for the clickhouse sink: a block at a time, tried again while ClickHouse is away, halved around a bad row."""

from hashlib import blake2b
from typing import Any

from agents.guard import Guard, until_available
from agents.records import Incoming
from agents.stage import StageApp
from stores.errors import StoreRejected


async def insert_rows(
    app: StageApp,
    agent: str,
    table: str,
    columns: tuple[str, ...],
    rows: list[tuple[Incoming, tuple[Any, ...]]],
    guard: Guard,
) -> None:
    """Insert rows in blocks of the setting ``clickhouse_batch``. A row that ClickHouse refuses is given to the guard."""
    size = app.config.settings.clickhouse_batch
    for start in range(0, len(rows), size):
        await _insert_block(app, agent, table, columns, rows[start : start + size], guard)


async def _insert_block(
    app: StageApp,
    agent: str,
    table: str,
    columns: tuple[str, ...],
    rows: list[tuple[Incoming, tuple[Any, ...]]],
    guard: Guard,
) -> None:
    values = [row for _, row in rows]
    token = _token(rows)
    try:
        await until_available(agent, lambda: app.stores.events.insert(table, columns, values, token))
    except StoreRejected as error:
        if len(rows) == 1:
            guard.reject(rows[0][0], error)
            return
        middle = len(rows) // 2
        await _insert_block(app, agent, table, columns, rows[:middle], guard)
        await _insert_block(app, agent, table, columns, rows[middle:], guard)


def _token(rows: list[tuple[Incoming, tuple[Any, ...]]]) -> str:
    """Names the block by the positions of all its rows, so that a retry of an insert that did arrive changes nothing, and
    no other block is taken for it."""
    positions = b" ".join(record.position.encode() for record, _ in rows)
    return blake2b(positions, digest_size=16).hexdigest()
