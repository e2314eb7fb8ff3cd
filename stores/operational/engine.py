"""Connections to the operational store: how SQLite is to behave, and what a library's errors mean to
callers.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from stores.errors import StoreRejected, StoreUnavailable

_BUSY_TIMEOUT_MS = 10_000
_WRITES = "stacktide_writes"


def make_engine(url: str) -> AsyncEngine:
    """An engine for ``sqlite+aiosqlite:///FILE`` (its folder is made) or ``postgresql+asyncpg://…``. Nothing
    is opened.
    """
    engine = create_async_engine(url)
    if engine.dialect.name == "sqlite":
        if engine.url.database:
            Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
        sa.event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        sa.event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


@asynccontextmanager
async def transaction(engine: AsyncEngine, *, writes: bool = False) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction, committed at the end. One that writes says so at once: SQLite cannot
    wait for the lock in the middle of a transaction that has read.

    Raises:
        StoreRejected: a constraint was violated.
        StoreUnavailable: anything else went wrong with the database.
    """
    try:
        async with engine.connect() as connection:
            await connection.execution_options(**{_WRITES: writes})
            async with connection.begin():
                yield connection
    except exc.IntegrityError as error:
        raise StoreRejected(f"The operational store refused: {error.orig}.") from error
    except (exc.SQLAlchemyError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise StoreUnavailable(f"The operational store cannot be used just now: {cause}.") from error


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # Transactions are begun by _begin_sqlite alone: Python's driver would begin none before DDL.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        # The time-out first, because changing to WAL needs the lock itself.
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()
    except Exception:
        # SQLAlchemy does not know this connection yet, and would leave it and its thread behind.
        connection.close()
        raise


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
