"""ClickHouse's engine in this process (chdb), behind the port ``AnalyticalStore``.

Writes go through one connection and reads through others, each in a thread of its own, so that a query of the API does not
hold up the sink and neither holds up the event loop. The engine allows one path a process, and no fork once it is open.
"""

import asyncio
import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from stores.errors import StoreUnavailable
from stores.events.blocks import msgpack_block
from stores.events.bounds import MIB, READER_SETTINGS, WRITER_SETTINGS
from stores.events.faults import store_error
from stores.events.layout import Layout
from stores.events.migrate import migrate

T = TypeVar("T")

DATABASE = "stacktide"
READERS = 2

#: The engine's own defaults are for machines of their own: gigabytes of caches.
ENGINE_OPTIONS = {
    "max_server_memory_usage": 600 * MIB,
    "mark_cache_size": 16 * MIB,
    "index_mark_cache_size": 8 * MIB,
    "primary_index_cache_size": 16 * MIB,
    "query_condition_cache_size": 4 * MIB,
    "text_index_tokens_cache_size": 8 * MIB,
    "text_index_header_cache_size": 8 * MIB,
    "text_index_postings_cache_size": 8 * MIB,
    "compiled_expression_cache_size": 1 * MIB,
}

#: What the engine may use beside everything else in this process.
_READER_SETTINGS = {**READER_SETTINGS, "max_threads": 2}
_WRITER_SETTINGS = {**WRITER_SETTINGS, "max_memory_usage": 400 * MIB, "max_threads": 2}


class ChdbStore:
    """The port ``AnalyticalStore`` on a folder of this machine."""

    layout = Layout()

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opening = threading.Lock()
        self._is_open = False
        self._writers = _Connections(1, _WRITER_SETTINGS)
        self._readers = _Connections(READERS, _READER_SETTINGS)
        self._closed = False
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="clickhouse-write")
        self._read_threads = ThreadPoolExecutor(READERS, thread_name_prefix="clickhouse-read")

    async def migrate(self) -> None:
        """Bring the tables to the current schema. Safe to run twice."""
        await migrate(self)

    async def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], token: str = ""
    ) -> None:
        """Insert rows as one block. ``token`` makes a retry of the same block a no-op.

        Times are whole microseconds (or seconds, where the column has no fraction), maps are dicts.

        Raises:
            StoreRejected: a value does not fit its column, or the table or a column does not exist.
            LeaseExpired: rows came after their ``lease_until``.
            StoreUnavailable: no room, no memory, or closed.
        """
        if rows:
            await self._in_thread(
                self._write_thread, f"inserting into {table}", self._insert, table, columns, rows, token
            )

    async def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Rows of a query with server-side parameters (``{name:Type}``); times are aware, in UTC.

        Raises:
            StoreRejected: the query is wrong, or its result is larger than ``READER_SETTINGS`` allow.
            StoreUnavailable: it took too much time or memory, or the store is closed.
        """
        return await self._in_thread(self._read_threads, "on a query", self._query, sql, parameters)

    async def command(self, sql: str) -> None:
        """Run a statement that returns nothing."""
        await self._in_thread(self._write_thread, "on a command", self._command, sql)

    async def close(self) -> None:
        """Finish what runs and release the engine, so that this process may open another folder."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._close)

    async def _in_thread(
        self, threads: ThreadPoolExecutor, doing: str, function: Callable[..., T], *args: Any
    ) -> T:
        if self._closed:
            raise StoreUnavailable(f"ClickHouse failed {doing}: the store is closed.")
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, function, *args)
        except Exception as error:
            raise store_error(error, doing) from error

    def _insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], token: str) -> None:
        settings = {"insert_deduplication_token": token} if token else None
        block = msgpack_block(rows)
        with self._connection(self._writers) as client:
            client.raw_insert(table, columns, block, fmt="MsgPack", settings=settings)

    def _query(self, sql: str, parameters: Mapping[str, Any] | None) -> list[dict[str, Any]]:
        with self._connection(self._readers) as client:
            result = client.query(sql, parameters=dict(parameters or {}))
        names = result.column_names
        return [dict(zip(names, row, strict=True)) for row in result.result_rows]

    def _command(self, sql: str) -> None:
        with self._connection(self._writers) as client:
            client.command(sql)

    @contextmanager
    def _connection(self, connections: "_Connections") -> Iterator[Any]:
        """A connection for one call. One that raised is not used again: the engine would put what the failed query had
        already written before the next query's result (seen with chdb 26.9, and tested)."""
        self._open()
        client = connections.idle.get()
        try:
            yield client
        except BaseException:
            fresh = self._connect(connections.settings)
            client.close()
            client = fresh
            raise
        finally:
            connections.idle.put(client)

    def _open(self) -> None:
        """Open the engine, if this is the first call."""
        with self._opening:
            if not self._is_open:
                self._path.mkdir(parents=True, exist_ok=True)
                first = self._connect(_WRITER_SETTINGS, database=None)
                first.command(f"CREATE DATABASE IF NOT EXISTS {DATABASE} ENGINE = Atomic")
                for connections in (self._writers, self._readers):
                    for _ in range(connections.size):
                        connections.idle.put(self._connect(connections.settings))
                first.close()
                self._is_open = True

    def _connect(self, settings: Mapping[str, Any], database: str | None = DATABASE) -> Any:
        # NumPy's threads are of no use here, and spin while they wait.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        import clickhouse_connect

        return clickhouse_connect.get_client(
            interface="chdb",
            path=str(self._path),
            database=database,
            settings=dict(settings),
            chdb_options=ENGINE_OPTIONS,
            tz_mode="aware",
        )

    def _close(self) -> None:
        self._write_thread.shutdown()
        self._read_threads.shutdown()
        for connections in (self._writers, self._readers):
            while not connections.idle.empty():
                connections.idle.get().close()


class _Connections:
    """Connections of one kind, as many as there are threads that use them."""

    def __init__(self, size: int, settings: Mapping[str, Any]) -> None:
        self.size = size
        self.settings = settings
        self.idle: queue.SimpleQueue[Any] = queue.SimpleQueue()
