"""One suite a port, run on the embedded store and, with the marker ``servers``, on the real one."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from settings import Settings
from stores.archive.folder import FolderArchive
from stores.archive.s3 import S3Archive
from stores.events.clickhouse import ClickHouseStore
from stores.operational import SqlOperationalStore
from stores.ports import AnalyticalStore, Archive

TABLES = (
    "events",
    "issues",
    "error_counts",
    "issue_error_counts",
    "project_error_counts",
    "session_counts",
    "outcomes",
    "alerts",
)


def _real(name: str) -> Any:
    return pytest.param(name, marks=pytest.mark.servers)


@pytest.fixture(params=["chdb", _real("clickhouse")])
def opened_store(request: pytest.FixtureRequest) -> Any:
    """How to open the store; the engine is opened once a process, the server's adapter in the loop of each test."""
    if request.param == "chdb":
        return request.getfixturevalue("clickhouse")
    return ClickHouseStore(request.getfixturevalue("clickhouse_server").url)


@pytest.fixture
async def store(opened_store: Any) -> AsyncIterator[AnalyticalStore]:
    """A migrated analytical store with empty tables. Do not close it."""
    await opened_store.migrate()
    for table in TABLES:
        await opened_store.command(f"TRUNCATE TABLE {table}")
    yield opened_store
    if isinstance(opened_store, ClickHouseStore):
        await opened_store.close()


def s3_settings(server: Any, **settings: Any) -> Settings:
    """Settings for a bucket of the test server, which is made by ``migrate`` unless it is the server's own."""
    given = {
        "s3_endpoint": server.endpoint,
        "s3_region": server.region,
        "s3_bucket": f"b-{uuid.uuid4().hex[:12]}",
        "s3_access_key": server.access_key,
        "s3_secret_key": server.secret_key,
    }
    return Settings(**{**given, **settings})


@pytest.fixture(params=["folder", _real("s3"), _real("s3-prefix")])
def opened_archive(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """An archive that has not been migrated."""
    if request.param == "folder":
        return FolderArchive(tmp_path / "archive")
    server = request.getfixturevalue("s3_server")
    return S3Archive(s3_settings(server, s3_prefix="some/where" if request.param == "s3-prefix" else ""))


@pytest.fixture
async def archive(opened_archive: Any) -> AsyncIterator[Archive]:
    """An empty archive."""
    await opened_archive.migrate()
    yield opened_archive
    await opened_archive.close()


@pytest.fixture
def new_database(postgres_server: Any) -> str:
    """The address of an empty PostgreSQL database."""
    name = f"d{uuid.uuid4().hex[:12]}"

    async def create() -> None:
        connection = await asyncpg.connect(postgres_server.url)
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        await connection.close()

    asyncio.run(create())
    base: str = postgres_server.url.rpartition("/")[0]
    return f"{base}/{name}"


@pytest.fixture(params=["sqlite", _real("postgres")])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty operational store."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/made/operational.sqlite3"
    else:
        yield request.getfixturevalue("new_database")


@pytest.fixture
async def operational_store(database_url: str) -> AsyncIterator[SqlOperationalStore]:
    """A migrated operational store without projects."""
    store = SqlOperationalStore(database_url)
    await store.migrate()
    yield store
    await store.close()
