"""The latest rebalances of all workers: the processes of a cluster know nothing of each other but what is here."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.rebalance import NotedRebalance, Partitions, Rebalance
from stores.operational.engine import transaction
from stores.operational.tables import rebalances

#: How many are kept, whenever they were.
KEPT = 1_000


class Rebalances:
    """The latest rebalances."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, stage: str, worker: str, rebalance: Rebalance) -> None:
        """Note a rebalance, and forget those that are too many."""
        values = {
            "stage": stage,
            "worker": worker[:200],
            "at": rebalance.at,
            "seconds": rebalance.seconds,
            "assigned": msgspec.json.encode(rebalance.assigned).decode(),
            "revoked": msgspec.json.encode(rebalance.revoked).decode(),
            "kept": rebalance.kept,
        }
        async with transaction(self._engine, writes=True) as connection:
            inserted = sa.insert(rebalances).values(values).returning(rebalances.c.id)
            number = (await connection.execute(inserted)).scalar_one()
            await connection.execute(sa.delete(rebalances).where(rebalances.c.id <= number - KEPT))

    async def find(
        self, start: float, end: float | None, before: int | None, limit: int
    ) -> list[NotedRebalance]:
        """Those that began from ``start`` up to, and without, ``end`` (Unix seconds; None: no end) and have an id below
        ``before``, the latest noted first."""
        query = sa.select(rebalances).where(rebalances.c.at >= start)
        if end is not None:
            query = query.where(rebalances.c.at < end)
        if before is not None:
            query = query.where(rebalances.c.id < before)
        async with transaction(self._engine) as connection:
            rows = await connection.execute(query.order_by(rebalances.c.id.desc()).limit(limit))
            return [_noted(row) for row in rows]


def _noted(row: Any) -> NotedRebalance:
    return NotedRebalance(
        str(row.id),
        row.stage,
        row.worker,
        datetime.fromtimestamp(row.at, UTC),
        row.seconds,
        msgspec.json.decode(row.assigned, type=Partitions),
        msgspec.json.decode(row.revoked, type=Partitions),
        row.kept,
    )
