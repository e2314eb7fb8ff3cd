"""kill -9 of the real servers: while one is away its adapter says so, and afterwards the same object works again."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from archive_names import NAMES, listed
from event_factory import make_record, store_events
from server_fixtures import server_fixture
from stored_totals import stored_events

from agents.sinks.clickhouse.encode import EVENT_COLUMNS, event_row_of
from infra.servers.clickhouse import ClickHouse
from infra.servers.postgres import PostgreSQL
from infra.servers.s3 import S3
from settings import Settings
from stores.archive.s3 import S3Archive
from stores.errors import StoreUnavailable
from stores.events import clickhouse
from stores.events.clickhouse import ClickHouseStore
from stores.operational import SqlOperationalStore, engine
from tests.contract.conftest import TABLES, s3_settings

pytestmark = pytest.mark.servers


@asynccontextmanager
async def _killed(server: Any) -> AsyncIterator[None]:
    """The server is away in the block, and back after it."""
    server.kill()
    try:
        yield
    finally:
        await asyncio.to_thread(server.restart)


@asynccontextmanager
async def _paused(server: Any) -> AsyncIterator[None]:
    """The server's processes stand still in the block: connections are accepted, and nothing is answered."""
    for process in server.process_ids:
        os.killpg(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in server.process_ids:
            os.killpg(process, signal.SIGCONT)


@asynccontextmanager
async def _locked(url: str, table: str) -> AsyncIterator[None]:
    """In the block PostgreSQL answers nothing that concerns a table."""
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
    await connection.close()


async def _is_unavailable(call: Callable[[], Awaitable[Any]], within: float) -> None:
    started = time.monotonic()
    with pytest.raises(StoreUnavailable):
        await call()
    assert time.monotonic() - started < within


# Ones to be killed.
clickhouse_server = server_fixture(ClickHouse, "module")
s3_server = server_fixture(S3, "module")
postgres_server = server_fixture(PostgreSQL, "module")


@pytest.fixture
async def clickhouse_store(clickhouse_server: Any) -> AsyncIterator[ClickHouseStore]:
    store = ClickHouseStore(clickhouse_server.url)
    await store.migrate()
    for table in TABLES:
        await store.command(f"TRUNCATE TABLE {table}")
    yield store
    await store.close()


async def test_clickhouse_comes_back(clickhouse_store: ClickHouseStore, clickhouse_server: Any) -> None:
    store = clickhouse_store
    rows = [event_row_of(make_record(serial)) for serial in range(10)]
    await store.insert("events", EVENT_COLUMNS, rows, "a block")
    async with _killed(clickhouse_server):
        await _is_unavailable(lambda: store.query("SELECT 1"), 10)
        await _is_unavailable(lambda: store_events(store, [make_record(99)]), 10)
        fresh = ClickHouseStore(clickhouse_server.url)
        await _is_unavailable(fresh.migrate, 10)
    await store.insert("events", EVENT_COLUMNS, rows, "a block")
    await store_events(store, [make_record(100)])
    assert await stored_events(store) == {1: (11, 11)}
    assert await stored_events(fresh) == {1: (11, 11)}
    await fresh.close()


async def test_clickhouse_that_does_not_answer_is_given_up(
    clickhouse_store: ClickHouseStore, clickhouse_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the time that Kafka leaves a sink."""
    assert Settings().kafka_session_timeout > clickhouse._INSERT_SECONDS
    monkeypatch.setattr(clickhouse, "_INSERT_SECONDS", 1.0)
    store = clickhouse_store
    await store.query("SELECT 1")
    async with _paused(clickhouse_server):
        await _is_unavailable(lambda: store_events(store, [make_record(1)]), 12)
    assert await store.query("SELECT 1 AS one") == [{"one": 1}]


async def test_an_insert_given_up_is_stored_once(
    clickhouse_store: ClickHouseStore, clickhouse_server: Any
) -> None:
    """The server goes on with what it was sent before it stood still; the retry has the same token."""
    rows = [event_row_of(make_record(serial)) for serial in range(10)]
    insert = asyncio.create_task(clickhouse_store.insert("events", EVENT_COLUMNS, rows, "slow"))
    await asyncio.sleep(0.005)
    async with _paused(clickhouse_server):
        await asyncio.wait([insert], timeout=0.5)
        insert.cancel()
    await asyncio.gather(insert, return_exceptions=True)
    await clickhouse_store.insert("events", EVENT_COLUMNS, rows, "slow")
    assert await stored_events(clickhouse_store) == {1: (10, 10)}


async def test_s3_comes_back(s3_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = S3Archive(s3_settings(s3_server))
    await archive.migrate()
    await archive.put(NAMES[0], b"x")
    async with _killed(s3_server):
        await _is_unavailable(lambda: archive.put(NAMES[1], b"y"), 12)
        await _is_unavailable(lambda: archive.get(NAMES[0]), 12)
        await _is_unavailable(lambda: listed(archive), 12)
    assert await archive.get(NAMES[0]) == b"x"
    await archive.put(NAMES[1], b"y")
    assert await listed(archive) == NAMES[:2]
    monkeypatch.setattr(archive._bucket, "_seconds", 1.0)
    async with _paused(s3_server):
        await _is_unavailable(lambda: archive.put(NAMES[2], b"z"), 5)
    monkeypatch.undo()
    await archive.put(NAMES[2], b"z")
    await archive.close()


async def test_postgresql_comes_back(
    new_database: str, postgres_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqlOperationalStore(new_database)
    await store.migrate()
    project = await store.add_project("shop")
    await asyncio.gather(*(store.projects() for _ in range(5)))
    async with _killed(postgres_server):
        await _is_unavailable(store.projects, 8)
        await _is_unavailable(lambda: store.add_project("other"), 8)
    assert await asyncio.gather(*(store.projects() for _ in range(5))) == [[project]] * 5
    monkeypatch.setattr(engine, "_TRANSACTION_SECONDS", 1.0)
    async with _locked(new_database, "projects"):
        await _is_unavailable(store.projects, 8)
    monkeypatch.undo()
    assert await store.projects() == [project]
    await store.add_project("other")
    await store.close()


async def test_wrong_credentials_are_worth_another_try(new_database: str, s3_server: Any) -> None:
    """Nothing is wrong with what is to be stored, so it must not be put aside."""
    scheme, _, rest = new_database.partition("://")
    store = SqlOperationalStore(f"{scheme}://stacktide:wrong@{rest.partition('@')[2]}")
    with pytest.raises(StoreUnavailable, match="password"):
        await store.migrate()
    await store.close()
    archive = S3Archive(s3_settings(s3_server, s3_bucket=s3_server.bucket, s3_secret_key="wrong"))
    with pytest.raises(StoreUnavailable, match="SignatureDoesNotMatch"):
        await archive.put(NAMES[0], b"x")
    await archive.close()


async def test_more_callers_than_connections_wait_for_each_other(new_database: str) -> None:
    store = SqlOperationalStore(new_database, pool=2)
    await store.migrate()
    assert await asyncio.gather(*(store.projects() for _ in range(40))) == [[]] * 40
    await store.close()
