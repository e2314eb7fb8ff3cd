"""The outbox: how a change in the operational store reaches the log, exactly when it was committed.

A change writes its records here in its own transaction; ``relay`` hands them to the log, in order, and forgets them. A crash
in between hands some over again: they go to compacted topics, whose readers keep the latest of each key.

Whoever publishes for a key first locks the row that the key is about, so that records of one key stand in the order of their
changes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from stores.operational.engine import after_commit, transaction
from stores.operational.tables import outbox

#: Any number that nothing else in the same PostgreSQL database locks.
_ADVISORY_LOCK = 0x57ACC71DF


class Publication(NamedTuple):
    """A record to be sent to ``topic``. ``value`` is JSON; None takes the key off the topic."""

    topic: str
    key: str
    value: str | None


class Outbox:
    """Records that wait for the log. ``filled`` is set when this process has committed some."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._relaying = asyncio.Lock()
        self.filled = asyncio.Event()

    async def publish(self, connection: AsyncConnection, publication: Publication) -> None:
        """Add a record in the transaction of ``connection``."""
        await connection.execute(sa.insert(outbox).values(publication._asdict()))
        # Not before: whoever waits for it would look, find nothing yet, and look again only after its pause.
        after_commit(connection, self.filled.set)

    async def relay(self, send: Callable[[list[Publication]], Awaitable[None]], limit: int = 500) -> int:
        """Hand the oldest records to ``send`` and forget them once it has returned; returns how many there were.

        Of several processes one at a time does it; the others find nothing to do.

        Raises:
            StoreUnavailable: the store cannot be reached. What ``send`` raises comes through; nothing is forgotten then.
        """
        oldest = sa.select(outbox).order_by(outbox.c.id).limit(limit)
        async with self._relaying, transaction(self._engine) as connection:
            if not await _is_alone(connection):
                return 0
            rows = (await connection.execute(oldest)).all()
            if rows:
                await send([Publication(row.topic, row.key, row.value) for row in rows])
                async with transaction(self._engine, writes=True) as deleting:
                    await deleting.execute(sa.delete(outbox).where(outbox.c.id.in_([row.id for row in rows])))
        return len(rows)


async def _is_alone(connection: AsyncConnection) -> bool:
    """Whether no other process relays; so it stays until the transaction ends. SQLite's file has one process."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(await connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_ADVISORY_LOCK))))
