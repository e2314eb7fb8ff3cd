"""The operational store, where it is not the port that matters (``tests/contract``)."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from settings import SettingError, Settings
from stores.errors import StoreUnavailable
from stores.operational import SqlOperationalStore
from stores.operational.bootstrap import bootstrap
from stores.operational.engine import make_engine
from stores.operational.migrate import MIGRATIONS, current_revision
from stores.operational.rows import hash_of, slug_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "made" / "operational.sqlite3"


@pytest.fixture
async def store(file: Path) -> AsyncIterator[SqlOperationalStore]:
    store = SqlOperationalStore(f"sqlite+aiosqlite:///{file}")
    await store.migrate()
    yield store
    await store.close()


async def _end_of_threads() -> None:
    """aiosqlite's threads report their end to the loop, which pytest closes at once."""
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 10)


async def test_a_store_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "folder.sqlite3").mkdir()
    store = SqlOperationalStore(f"sqlite+aiosqlite:///{tmp_path}/folder.sqlite3")
    with pytest.raises(StoreUnavailable, match="unable to open"):
        await store.migrate()
    await _end_of_threads()
    await store.close()


async def test_a_store_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "o.sqlite3").write_bytes(b"something else" * 100)
    store = SqlOperationalStore(f"sqlite+aiosqlite:///{tmp_path}/o.sqlite3")
    with pytest.raises(StoreUnavailable, match="not a database"):
        await store.projects()
    await _end_of_threads()
    await store.close()


def test_revisions_are_numbered_in_one_line() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [current_revision()]
    for number, script in enumerate(reversed(list(scripts.walk_revisions())), 1):
        assert script.revision == f"{number:04}"
        assert Path(script.path).name.startswith(f"v{number:04}_")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("bootstrap_key", "short"),
        ("bootstrap_key", "g" * 32),
        ("bootstrap_token", "a b"),
        ("bootstrap_token", "é"),
    ],
)
async def test_settings_of_the_wrong_form(store: SqlOperationalStore, setting: str, value: str) -> None:
    with pytest.raises(SettingError, match=setting.upper()):
        await bootstrap(store, Settings(**{setting: value}))
    assert await store.projects() == []


@pytest.mark.parametrize(
    ("name", "slug"), [("Shop", "shop"), ("  A -- b_c ", "a-b-c"), ("日本 1", "日本-1"), ("!?", "")]
)
def test_slugs(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_hashes_do_not_change() -> None:
    assert hash_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql://u:p%40@h:1/d?sslmode=require", "postgresql+asyncpg://u:p%40@h:1/d?ssl=require"),
        ("postgresql+asyncpg://u@h/d", "postgresql+asyncpg://u@h/d"),
    ],
)
def test_addresses_of_postgresql(given: str, used: str) -> None:
    engine = make_engine(given, pool=3)
    assert engine.url.render_as_string(hide_password=False) == used
    assert engine.pool.size() == 3  # type: ignore[attr-defined]
