"""Expiry of rows that no longer matter, by a timer, in slices that leave the event loop free."""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from agents.stage import StageApp
from agents.table import WATERMARKS_KEY, StateTable

log = structlog.get_logger(__name__)

_SLICE = 2000


def expire_periodically(
    app: StageApp,
    table: StateTable,
    busy: asyncio.Lock,
    is_old: Callable[[bytes, bytes], bool],
    interval: float,
    ordered: bool = False,
) -> None:
    """Every ``interval`` seconds forget the rows for which ``is_old(key, row)`` holds, in this process's partitions.

    The rows are forgotten in RocksDB only: the changelog drops them by its own retention, and a row that a recovery brings
    back goes at the next expiry. ``busy`` is the lock under which the table's agent handles a batch. ``ordered`` says that the
    keys lie in the order of age, so that the first young row ends the search.
    """

    async def expire() -> int:
        return await expire_now(table, busy, is_old, ordered)

    app.expiries.append(expire)

    @app.timer(interval=interval)  # type: ignore[untyped-decorator]
    async def on_timer(_app: Any) -> None:
        await expire()


async def expire_now(
    table: StateTable, busy: asyncio.Lock, is_old: Callable[[bytes, bytes], bool], ordered: bool = False
) -> int:
    """Forget old rows; returns how many."""
    forgotten = 0
    for partition in table.partitions():
        start: bytes | None = b""
        while start is not None:
            async with busy:
                old, start = _slice(table, partition, start, is_old, ordered)
                if old:
                    table.forget(partition, old)
            forgotten += len(old)
            await asyncio.sleep(0)
    if forgotten:
        log.info("rows_expired", table=table.changelog, rows=forgotten)
    return forgotten


def _slice(
    table: StateTable, partition: int, start: bytes, is_old: Callable[[bytes, bytes], bool], ordered: bool
) -> tuple[list[bytes], bytes | None]:
    """Old keys among the next rows from ``start``, and where to go on (None: at the end)."""
    old: list[bytes] = []
    for looked_at, (key, row) in enumerate(table.scan(partition, start)):
        if looked_at >= _SLICE:
            return old, key
        if key == WATERMARKS_KEY:
            continue
        if is_old(key, row):
            old.append(key)
        elif ordered:
            break
    return old, None
