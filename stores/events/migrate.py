"""Brings ClickHouse's tables to the current schema: runs the files of ``migrations/``, in order, that have not run yet."""

from pathlib import Path

import structlog

from stores.ports import AnalyticalStore

_MIGRATIONS = Path(__file__).parent / "migrations"
_JOURNAL = """
CREATE TABLE IF NOT EXISTS migrations (name String, at DateTime DEFAULT now())
ENGINE = ReplacingMergeTree ORDER BY name
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
"""

log = structlog.get_logger(__name__)


def statements(sql: str) -> list[str]:
    """The statements of a migration file: each ends with a semicolon at the end of its line, comments are left out."""
    lines = [line for line in sql.splitlines() if not line.lstrip().startswith("--")]
    return [statement.strip() for statement in "\n".join(lines).split(";\n") if statement.strip(" \n;")]


async def migrate(store: AnalyticalStore) -> None:
    """Run what has not run. Each statement may run twice, so a migration cut short by a kill is simply run again."""
    exists = await store.query(
        "SELECT count() AS n FROM system.tables WHERE database = currentDatabase() AND name = 'migrations'"
    )
    if not exists[0]["n"]:
        await store.command(_JOURNAL)
    done = {row["name"] for row in await store.query("SELECT name FROM migrations")}
    for path in sorted(_MIGRATIONS.glob("*.sql")):
        if path.stem in done:
            continue
        for statement in statements(path.read_text()):
            await store.command(statement)
        await store.insert("migrations", ("name",), [(path.stem,)])
        log.info("migrated the analytical store", migration=path.stem)
