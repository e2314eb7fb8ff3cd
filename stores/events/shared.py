"""The same question, asked by several at once, is put to the store once: fifty people who watch the same list cost hardly more
than one, and where the store is slow they do not make it slower."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from stores.events.layout import Layout
from stores.ports import AnalyticalStore

Rows = list[dict[str, Any]]


class SharedReads:
    """The port ``AnalyticalStore`` over another one. Whoever asks what is being asked already gets the same answer, which
    holds what had been stored when it was asked first; nothing is kept once it is there. Answers must not be changed."""

    def __init__(self, store: AnalyticalStore) -> None:
        self._store = store
        self._running: dict[tuple[str, str], asyncio.Task[Rows]] = {}

    @property
    def layout(self) -> Layout:
        """How the tables lie."""
        return self._store.layout

    async def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        """Rows of a query, or of the same one that is under way."""
        key = sql, repr(parameters)
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._store.query(sql, parameters))
            task.add_done_callback(lambda done: self._forget(key, done))
        # Somebody who goes away takes the answer from nobody else.
        return await asyncio.shield(task)

    async def migrate(self) -> None:
        """Bring the tables to the current schema."""
        await self._store.migrate()

    async def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], token: str = ""
    ) -> None:
        """Insert rows."""
        await self._store.insert(table, columns, rows, token)

    async def command(self, sql: str) -> None:
        """Run a statement that returns nothing."""
        await self._store.command(sql)

    async def close(self) -> None:
        """Release the store."""
        await self._store.close()

    def _forget(self, key: tuple[str, str], task: asyncio.Task[Rows]) -> None:
        del self._running[key]
        if not task.cancelled():
            task.exception()  # whoever asked may all have gone away
