"""Connections to the operational store: how SQLite and PostgreSQL are to behave, and what a library's errors mean to
callers.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from stores.errors import StoreRejected, StoreUnavailable

_BUSY_TIMEOUT_MS = 10_000
_WRITES = "stacktide_writes"
_AFTER_COMMIT = "stacktide_after_commit"

_CONNECT_SECONDS = 5.0
#: After which PostgreSQL stops a statement by itself.
_STATEMENT_MS = 10_000
#: Longest for a transaction, for a server that does not answer at all.
_TRANSACTION_SECONDS = 15.0
#: PostgreSQL's ``SQLSTATE`` classes (appendix A of its manual) of errors that the values are to blame for: wrong data, and
#: a violated constraint.
_REFUSED_CLASSES = ("22", "23")

#: Tasks are kept here: the event loop does not keep them.
_rolling_back: set[asyncio.Task[None]] = set()


def make_engine(url: str, pool: int = 5) -> AsyncEngine:
    """An engine for ``sqlite+aiosqlite:///FILE`` (its folder is made), or for ``postgresql://…`` with ``pool`` connections.
    Nothing is opened.
    """
    address = _with_driver(sa.make_url(url))
    if address.get_backend_name() == "postgresql":
        return _postgresql_engine(address, pool)
    engine = create_async_engine(address)
    if engine.dialect.name == "sqlite":
        if engine.url.database:
            Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
        sa.event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        sa.event.listen(engine.sync_engine, "begin", _begin_sqlite)
        sa.event.listen(engine.sync_engine, "invalidate", _let_go_of_sqlite)
    return engine


@asynccontextmanager
async def transaction(
    engine: AsyncEngine, *, writes: bool = False, bounded: bool = True
) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction, committed at the end. One that writes says so at once: SQLite cannot
    wait for the lock in the middle of a transaction that has read. One that is not ``bounded`` may take as long as it needs.

    Raises:
        StoreRejected: a constraint was violated, or a value is none that the store can hold.
        StoreUnavailable: anything else went wrong with the database.
    """
    seconds = _TRANSACTION_SECONDS if bounded and engine.dialect.name == "postgresql" else None
    try:
        async with asyncio.timeout(seconds), engine.connect() as connection:
            await connection.execution_options(**{_WRITES: writes})
            connection.info[_AFTER_COMMIT] = []
            async with connection.begin():
                if not bounded and engine.dialect.name == "postgresql":
                    await connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
                yield connection
            for callback in connection.info[_AFTER_COMMIT]:
                callback()
    except (StoreRejected, StoreUnavailable):
        raise
    except Exception as error:
        if not _is_of_the_database(error):
            raise
        cause = getattr(error, "orig", None) or error
        if isinstance(error, exc.IntegrityError) or _is_refused(cause):
            raise StoreRejected(f"The operational store refused: {cause}.") from error
        text = str(cause) or type(cause).__name__
        raise StoreUnavailable(f"The operational store cannot be used just now: {text}.") from error


def after_commit(connection: AsyncConnection, callback: Callable[[], None]) -> None:
    """Call something once the ``transaction`` of a connection is committed, and not if it fails."""
    connection.info[_AFTER_COMMIT].append(callback)


def _with_driver(address: sa.URL) -> sa.URL:
    """A PostgreSQL address as people write it, for libpq, as one for asyncpg."""
    if address.drivername not in ("postgres", "postgresql"):
        return address
    query = dict(address.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    return address.set(drivername="postgresql+asyncpg", query=query)


def _postgresql_engine(address: sa.URL, pool: int) -> AsyncEngine:
    return create_async_engine(
        address,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=_CONNECT_SECONDS,
        # A connection that the server has dropped, at a restart say, is found out and replaced before it is used.
        pool_pre_ping=True,
        connect_args={
            "timeout": _CONNECT_SECONDS,
            "server_settings": {"application_name": "stacktide", "statement_timeout": str(_STATEMENT_MS)},
        },
    )


def _is_of_the_database(error: Exception) -> bool:
    """Whether an error is the database's or the network's. While it connects, asyncpg's own errors come as they are."""
    return isinstance(error, (exc.SQLAlchemyError, OSError, OverflowError)) or type(
        error
    ).__module__.startswith("asyncpg")


def _is_refused(cause: BaseException) -> bool:
    if isinstance(cause, OverflowError):  # SQLite's driver, of whole numbers
        return True
    state = getattr(cause, "sqlstate", None)
    if state:
        return str(state).startswith(_REFUSED_CLASSES)
    # asyncpg looks at values before it sends them.
    return "invalid input for query argument" in str(cause)


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


def _let_go_of_sqlite(connection: Any, *_: Any) -> None:
    """Roll back before a connection is closed on which a task was cancelled. SQLite keeps a closed connection and its lock for
    as long as there are cursors, and the task holds one until whoever cancelled it has waited for all others, which may be
    waiting for the lock."""
    task = asyncio.ensure_future(_roll_back(connection.driver_connection))
    _rolling_back.add(task)
    task.add_done_callback(_rolling_back.discard)


async def _roll_back(connection: Any) -> None:
    with suppress(Exception):  # it may be closed already
        await connection.rollback()


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
