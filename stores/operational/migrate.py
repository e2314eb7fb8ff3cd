"""Bringing the operational store to the current schema, from within the process that wants it."""

from pathlib import Path

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from stores.errors import StoreRejected
from stores.operational.engine import transaction

MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION_TABLE = "alembic_version"
_ADVISORY_LOCK = 0x57ACC71DE
"""Any number that nothing else in the same PostgreSQL database locks."""

log = structlog.get_logger(__name__)


def current_revision() -> str:
    """The revision that this code needs. Revisions are numbered, and their files are called
    ``v<revision>_<what>.py``.
    """
    return max(path.name[1:].partition("_")[0] for path in (MIGRATIONS / "versions").glob("v*_*.py"))


async def migrate(engine: AsyncEngine) -> None:
    """Apply the migrations that are missing. Of several processes at once one does it, and the others wait
    for it.

    Raises:
        StoreRejected: the store was made by a later version of Stacktide.
        StoreUnavailable: it cannot be reached.
    """
    wanted = current_revision()
    async with transaction(engine) as connection:
        if await connection.run_sync(_stored_revision) == wanted:
            return
    async with transaction(engine, writes=True, bounded=False) as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        stored = await connection.run_sync(_stored_revision)
        if stored == wanted:
            return
        if stored is not None and stored > wanted:
            raise StoreRejected(
                f"The operational store has schema {stored}, but this version of Stacktide knows only {wanted}. "
                "Run the version that made it, or a later one."
            )
        await connection.run_sync(_upgrade)
        log.info("operational store migrated", before=stored, now=wanted)


def _stored_revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(_VERSION_TABLE):
        return None
    stored: str | None = connection.scalar(sa.text(f"SELECT version_num FROM {_VERSION_TABLE}"))
    return stored


def _upgrade(connection: sa.Connection) -> None:
    # Imported here, because it takes longer than everything else at a start that has nothing to migrate.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
