"""A test stand-in for a ClickHouse server. **Not for production**: use a ClickHouse server there.

ClickHouse's server comes in no package of the registries that the tests draw on, but its engine does (chdb). This program
puts the server's HTTP interface before it, as far as ``clickhouse-connect`` uses it: statements, inserts in every input
format, settings, parameters, compression both ways, summaries, errors with their codes and statuses. What it does not
have: users and passwords (any are taken), sessions and temporary tables, replication, external data, answers in parts (a
result is held in memory), and ClickHouse's native protocol.

Run: ``python -m infra.servers.clickhouse.adapter FOLDER PORT DATABASE``
"""

import asyncio
import re
import signal
import sys
import tempfile
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from chdb.state.sqlitelike import Connection

from infra.servers.clickhouse.request import (
    Request,
    compressed,
    decompressed,
    error_code,
    error_status,
    parse_request,
)

MIB = 1024 * 1024
#: The engine's own defaults are for machines of their own.
_ENGINE_OPTIONS = f"max_server_memory_usage={1024 * MIB}&mark_cache_size={32 * MIB}"
_CONCURRENT_QUERIES = 16
_LARGEST_BODY = 1024 * MIB
#: An insert without its format: the table with its columns, and the settings.
_SETTINGS_CLAUSE = re.compile(r"(.*?)(\bSETTINGS\s.*)?", re.IGNORECASE | re.DOTALL)


class Engine:
    """The engine on a folder. Each statement has a connection of its own, so that neither its settings nor what it had
    written before it failed reaches another; that costs 0.3 ms."""

    def __init__(self, folder: Path, database: str) -> None:
        self._address = f"{folder}?{_ENGINE_OPTIONS}"
        self._open = Connection(self._address)
        self._open.query(f"CREATE DATABASE IF NOT EXISTS `{database}` ENGINE = Atomic")
        self.timezone: str = self._open.query("SELECT timezone()", "TabSeparated").bytes().decode().strip()

    def run(self, request: Request) -> tuple[bytes, dict[str, str]]:
        """The answer and its summary.

        Raises:
            RuntimeError: the engine's error, with its code in the message.
        """
        connection = Connection(self._address)
        try:
            if request.database:
                connection.query("USE " + _quoted(request.database, "`"))
            for name, value in request.settings.items():
                connection.query(f"SET {_checked(name)} = {_quoted(value, chr(39))}")
            if request.data is not None:
                return b"", _insert(connection, request)
            result = connection.query(request.sql, request.format, params=dict(request.parameters))
            return result.bytes() or b"", _read_summary(result)
        finally:
            connection.close()

    def close(self) -> None:
        self._open.close()


def _insert(connection: Connection, request: Request) -> dict[str, str]:
    """From a file, since ``send_insert`` is silent about what fails after parsing (chdb 26.9): rows that violate a constraint,
    or have no room, would be lost and the insert acknowledged."""
    assert request.data is not None
    target, settings = _SETTINGS_CLAUSE.fullmatch(request.sql).groups(default="")  # type: ignore[union-attr]
    with tempfile.NamedTemporaryFile() as rows:
        rows.write(request.data)
        rows.flush()
        result = connection.query(
            f"{target} FROM INFILE '{rows.name}' {settings} FORMAT {request.format}", "TabSeparated"
        )
    # Such an insert reads what it writes.
    return {"written_rows": str(result.rows_read()), "written_bytes": str(result.bytes_read())}


def _read_summary(result: Any) -> dict[str, str]:
    return {
        "read_rows": str(result.rows_read()),
        "read_bytes": str(result.bytes_read()),
        "elapsed_ns": str(int(result.elapsed() * 1e9)),
    }


def _quoted(text: str, quote: str) -> str:
    return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote


def _checked(name: str) -> str:
    if not name.isidentifier():
        raise RuntimeError(f"Code: 115. DB::Exception: {name!r} cannot be a setting. (UNKNOWN_SETTING)")
    return name


class Adapter:
    """The HTTP interface of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(_CONCURRENT_QUERIES, thread_name_prefix="query")

    def application(self) -> web.Application:
        application = web.Application(client_max_size=_LARGEST_BODY)
        application.router.add_get("/ping", _ping)
        application.router.add_route("*", "/", self.answer)
        return application

    async def answer(self, http: web.Request) -> web.Response:
        """One statement."""
        headers = {
            "X-ClickHouse-Query-Id": http.query.get("query_id") or str(uuid.uuid4()),
            "X-ClickHouse-Server-Display-Name": "stand-in",
            "X-ClickHouse-Timezone": self._engine.timezone,
        }
        try:
            request = await _read(http)
            if request is None:
                return await _ping(http)
            run = partial(self._engine.run, request)
            body, summary = await asyncio.get_running_loop().run_in_executor(self._threads, run)
        except (RuntimeError, ValueError, UnicodeError) as error:
            return _failure(error, headers)
        headers["X-ClickHouse-Summary"] = msgspec.json.encode(summary).decode()
        if request.answers_rows:
            headers["X-ClickHouse-Format"] = request.format
        if http.query.get("enable_http_compression") == "1":
            body, encoding = compressed(body, http.headers.get("Accept-Encoding", ""))
            if encoding:
                headers["Content-Encoding"] = encoding
        return web.Response(body=body, headers=headers)

    def close(self) -> None:
        self._threads.shutdown()
        self._engine.close()


async def _read(http: web.Request) -> Request | None:
    """The request, or None when there is nothing in it."""
    arguments = dict(http.query)
    body = b""
    if http.content_type in (
        "multipart/form-data",
        "application/x-www-form-urlencoded",
    ) and not arguments.get("query"):
        for name, value in (await http.post()).items():
            if not isinstance(value, str):
                raise ValueError("External data is not supported here.")
            arguments[name] = value
    else:
        body = decompressed(await http.read(), http.headers.get("Content-Encoding", ""))
    if arguments.get("decompress") == "1" or arguments.get("compress") == "1":
        raise ValueError("ClickHouse's own compressed blocks are not supported here; use Content-Encoding.")
    if not body and not arguments.get("query"):
        return None
    return parse_request(arguments, http.headers, body, read_only=http.method == "GET")


def _failure(error: Exception, headers: dict[str, str]) -> web.Response:
    text = str(error)
    message = text[text.find("Code: ") :] if "Code: " in text else f"Code: 1001. DB::Exception: {text}"
    code = error_code(message)
    headers["X-ClickHouse-Exception-Code"] = str(code)
    return web.Response(status=error_status(code), text=message + "\n", headers=headers)


async def _ping(http: web.Request) -> web.Response:
    return web.Response(text="Ok.\n")


async def _serve(folder: Path, port: int, database: str) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    adapter = Adapter(Engine(folder, database))
    # The bodies' frames are decoded here, as aiohttp stops after the first.
    runner = web.AppRunner(adapter.application(), access_log=None, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, shutdown_timeout=5.0).start()
    await stopping.wait()
    await runner.cleanup()
    adapter.close()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
