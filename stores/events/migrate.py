"""Brings ClickHouse's tables to the current schema: runs the files of ``migrations/``, in order, that have not run yet."""

from pathlib import Path

import structlog

from stores.events.layout import Layout
from stores.ports import AnalyticalStore

MIGRATIONS = Path(__file__).parent / "migrations"
_JOURNAL = """\
CREATE TABLE IF NOT EXISTS migrations (name String, at DateTime DEFAULT now())
ENGINE = ReplacingMergeTree ORDER BY name
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1"""

log = structlog.get_logger(__name__)


def statements(sql: str) -> list[str]:
    """The statements of a migration file: each ends with a semicolon at the end of its line, comments are left out."""
    lines = [line for line in sql.splitlines() if not line.lstrip().startswith("--")]
    return [text for part in "\n".join(lines).split(";\n") if (text := part.strip(" \n;"))]


def rendered(layout: Layout) -> list[str]:
    """All statements that make the tables in a layout."""
    written = [_JOURNAL]
    for path in sorted(MIGRATIONS.glob("*.sql")):
        written += statements(path.read_text())
    return [statement for one in written for statement in layout.render(one)]


async def migrate(store: AnalyticalStore) -> None:
    """Run what has not run. Each statement may run twice, also by several processes at once, so a migration cut short by a
    kill is simply run again."""
    exists = await store.query(
        "SELECT count() AS n FROM system.tables WHERE database = currentDatabase() AND name = 'migrations'"
    )
    if not exists[0]["n"]:
        await _run(store, _JOURNAL)
    done = {row["name"] for row in await store.query("SELECT name FROM migrations")}
    for path in sorted(MIGRATIONS.glob("*.sql")):
        if path.stem in done:
            continue
        for statement in statements(path.read_text()):
            await _run(store, statement)
        await store.insert("migrations", ("name",), [(path.stem,)])
        log.info("migrated the analytical store", migration=path.stem)


async def _run(store: AnalyticalStore, statement: str) -> None:
    for rendered in store.layout.render(statement):
        await store.command(rendered)
