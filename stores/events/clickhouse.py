"""A ClickHouse server behind the port ``AnalyticalStore``, over HTTP.

Nothing is opened before the first call, and a server that was away is found again by the next one. An insert is given up well
before Kafka would take the sink's partitions away for its silence; its token lets the next attempt find out what became of it.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import lz4.frame

from settings import SettingError
from stores.errors import StoreUnavailable
from stores.events.blocks import msgpack_block
from stores.events.bounds import QUERY_SECONDS, READER_SETTINGS, WRITER_SETTINGS
from stores.events.faults import store_error
from stores.events.layout import Layout
from stores.events.migrate import migrate

T = TypeVar("T")

DEFAULT_DATABASE = "stacktide"

_CONNECT_SECONDS = 5.0
#: Less than Kafka's session time-out (15 s) and than the 10 s after which the server would send its answer's status before
#: the insert is done.
_INSERT_SECONDS = 8.0
#: The server stops a query by itself; this is for a server that does not answer.
_QUERY_SECONDS = QUERY_SECONDS + 5.0
#: A change of tables waits for all servers of a cluster (``distributed_ddl_task_timeout``, 180 s).
_COMMAND_SECONDS = 200.0
_CONNECTIONS = 16

_CLUSTER = re.compile(r"[A-Za-z0-9_.-]+|\{[A-Za-z0-9_]+\}")
_DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class ClickHouseStore:
    """The port ``AnalyticalStore`` on a server, or on a cluster of them where ``cluster`` names one.

    ``url`` is ``http(s)://user:password@host:8123/database``; of a cluster, of any of its servers or of a balancer before
    them.

    Raises:
        SettingError: the address or the name of the cluster has the wrong form.
    """

    def __init__(self, url: str, cluster: str = "") -> None:
        self._address = _address(url)
        if cluster and not _CLUSTER.fullmatch(cluster):
            raise SettingError(
                "STACKTIDE_CLICKHOUSE_CLUSTER takes the name of a cluster, or a macro such as {cluster}."
            )
        self.layout = Layout(cluster)
        self._client: Any = None
        self._connecting = asyncio.Lock()
        self._closed = False

    async def migrate(self) -> None:
        """Make the database and bring its tables to the current schema. Safe to run twice and from several processes."""
        await self._within(_COMMAND_SECONDS, "making the database", self._make_database)
        await migrate(self)

    async def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], token: str = ""
    ) -> None:
        """Insert rows as one block. ``token`` makes a retry of the same block a no-op.

        Times are whole microseconds (or seconds, where the column has no fraction), maps are dicts.

        Raises:
            StoreRejected: a value does not fit its column, or the table or a column does not exist.
            LeaseExpired: rows came after their ``lease_until``.
            StoreUnavailable: the server cannot be reached, has no room or did not answer in time. The block may have been
            stored.
        """
        if not rows:
            return
        settings = {**WRITER_SETTINGS, **self.layout.insert_settings}
        if token:
            settings["insert_deduplication_token"] = token

        async def send(client: Any) -> None:
            # Compressed, a row costs less CPU time to send (measured: 2.8 µs against 3.4, and 5.2 in Native columns).
            block = lz4.frame.compress(msgpack_block(rows))
            await client.raw_insert(
                table, columns, block, settings=settings, fmt="MsgPack", compression="lz4"
            )

        await self._call(f"inserting into {table}", _INSERT_SECONDS, send)

    async def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Rows of a query with server-side parameters (``{name:Type}``); times are aware, in UTC.

        Raises:
            StoreRejected: the query is wrong, or its result is larger than ``READER_SETTINGS`` allow.
            StoreUnavailable: it took too much time or memory, or the server cannot be reached.
        """
        result = await self._call(
            "on a query",
            _QUERY_SECONDS,
            lambda client: client.query(sql, parameters=dict(parameters or {}), settings=READER_SETTINGS),
        )
        names = result.column_names
        return [dict(zip(names, row, strict=True)) for row in result.result_rows]

    async def command(self, sql: str) -> None:
        """Run a statement that returns nothing."""
        await self._call("on a command", _COMMAND_SECONDS, lambda client: client.command(sql))

    async def close(self) -> None:
        """Close all connections. Calls that come later are refused."""
        self._closed = True
        async with self._connecting:
            if self._client is not None:
                await self._client.close()
                self._client = None

    async def _make_database(self) -> None:
        # A client looks at its database when it is made, so this takes one without.
        client = await self._connect(None)
        try:
            await client.command(self.layout.create_database(self._address["database"]))
        finally:
            await client.close()

    async def _call(self, doing: str, seconds: float, function: Callable[[Any], Awaitable[T]]) -> T:
        async def call() -> T:
            return await function(await self._connected())

        return await self._within(seconds, doing, call)

    async def _within(self, seconds: float, doing: str, function: Callable[[], Awaitable[T]]) -> T:
        if self._closed:
            raise StoreUnavailable(f"ClickHouse failed {doing}: the store is closed.")
        try:
            async with asyncio.timeout(seconds):
                return await function()
        except TimeoutError as error:
            raise StoreUnavailable(f"ClickHouse failed {doing}: no answer within {seconds:g} s.") from error
        except Exception as error:
            raise store_error(error, doing) from error

    async def _connected(self) -> Any:
        async with self._connecting:
            if self._client is None:
                self._client = await self._connect(self._address["database"])
            return self._client

    async def _connect(self, database: str | None) -> Any:
        """A client, which asks the server for its version and settings when it is made."""
        import clickhouse_connect

        return await clickhouse_connect.get_async_client(
            **{**self._address, "database": database},
            connect_timeout=_CONNECT_SECONDS,
            send_receive_timeout=_QUERY_SECONDS,
            connector_limit=_CONNECTIONS,
            connector_limit_per_host=_CONNECTIONS,
            # A session would allow one query at a time.
            autogenerate_session_id=False,
            show_clickhouse_errors=True,
            tz_mode="aware",
            # With progress in its headers an answer may begin with 200 and end with an error, which an insert does not
            # read.
            settings={"send_progress_in_http_headers": 0},
        )


def _address(url: str) -> dict[str, Any]:
    """What clickhouse-connect takes of an address."""
    wrong = SettingError("STACKTIDE_CLICKHOUSE_URL takes http(s)://user:password@host:8123/database.")
    try:
        parts = urlsplit(url)
        port = parts.port or (8443 if parts.scheme == "https" else 8123)
    except ValueError as error:
        raise wrong from error
    database = parts.path.strip("/") or DEFAULT_DATABASE
    if parts.scheme not in ("http", "https") or not parts.hostname or not _DATABASE.fullmatch(database):
        raise wrong
    return {
        "interface": parts.scheme,
        "host": parts.hostname,
        "port": port,
        "username": unquote(parts.username or "default"),
        "password": unquote(parts.password or ""),
        "database": database,
    }
