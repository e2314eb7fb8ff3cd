"""Fixtures that all tests share."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator

import pytest

from stores.events.chdb import ChdbStore

pytest_plugins = ["server_fixtures"]

_TABLES = (
    "events",
    "issues",
    "error_counts",
    "issue_error_counts",
    "project_error_counts",
    "session_counts",
    "outcomes",
    "alerts",
)


@pytest.fixture(scope="session", autouse=True)
def spared_modules() -> None:
    """Leave what was imported out of garbage collections: Faust makes two of them for each table of each start and stop."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChdbStore]:
    """The engine: it allows one folder a process, so all tests share this store. Use ``analytical_store``."""
    store = ChdbStore(tmp_path_factory.mktemp("clickhouse"))
    asyncio.run(store.migrate())
    yield store
    asyncio.run(store.close())


@pytest.fixture
async def analytical_store(clickhouse: ChdbStore) -> AsyncIterator[ChdbStore]:
    """A migrated ClickHouse with empty tables. Do not close it."""
    for table in _TABLES:
        await clickhouse.command(f"TRUNCATE TABLE {table}")
    yield clickhouse
