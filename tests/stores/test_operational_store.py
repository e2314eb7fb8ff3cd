"""The operational store on SQLite: its contract, its migrations from several processes, and the first
start.
"""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from settings import SettingError, Settings
from stores.errors import StoreRejected, StoreUnavailable
from stores.operational import SqlOperationalStore
from stores.operational.bootstrap import SCOPES, bootstrap
from stores.operational.migrate import MIGRATIONS, current_revision
from stores.operational.store import TOKEN_PREFIX, hash_of, slug_of
from stores.operational.tables import metadata
from stores.ports import OperationalStore, ProjectKey

ROOT = Path(__file__).resolve().parents[2]
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "made" / "operational.sqlite3"


@pytest.fixture
async def store(file: Path) -> AsyncIterator[SqlOperationalStore]:
    store = SqlOperationalStore(f"sqlite+aiosqlite:///{file}")
    await store.migrate()
    yield store
    await store.close()


async def test_it_is_the_port(store: SqlOperationalStore) -> None:
    port: OperationalStore = store
    assert await port.projects() == []


async def test_projects(store: SqlOperationalStore) -> None:
    first, second = await store.add_project("Shop, London"), await store.add_project("Läden")
    assert [first.id, second.id] == [1, 2]
    assert (first.slug, second.slug) == ("shop-london", "läden")
    assert await store.projects() == [first, second]
    for name in ("Shop, London", "shop london", "", " - "):
        with pytest.raises(StoreRejected):
            await store.add_project(name)
    assert len(await store.projects()) == 2


async def test_keys(store: SqlOperationalStore, file: Path) -> None:
    project = await store.add_project("shop")
    made = await store.add_key(project.id, "web")
    assert len(made.public_key) == 32
    given = await store.add_key(project.id, public_key=KEY.upper(), rate_limit=2.5)
    assert given.public_key == KEY
    assert await store.find_key(KEY) == ProjectKey(given.key_id, project.id, 2.5, None)
    assert await store.find_key(KEY.upper()) == await store.find_key(KEY)
    assert await store.find_key("f" * 32) is None

    with pytest.raises(StoreRejected, match="exists already"):
        await store.add_key(project.id, public_key=KEY)
    with pytest.raises(StoreRejected, match="no project 99"):
        await store.add_key(99)
    with pytest.raises(StoreRejected, match="32 hexadecimal"):
        await store.add_key(project.id, public_key="short")

    await store.revoke_key(KEY)
    await store.revoke_key(KEY)
    await store.revoke_key(str(made.key_id))
    assert await store.find_key(KEY) is None
    assert await store.find_key(made.public_key) is None
    for unknown in ("99", "e" * 32, "no key"):
        with pytest.raises(StoreRejected):
            await store.revoke_key(unknown)
    await store.close()
    assert KEY.encode() not in file.read_bytes() + _wal(file)


async def test_tokens(store: SqlOperationalStore, file: Path) -> None:
    secret = await store.add_token("ci", ["read", "write"], [3, 1])
    assert secret.startswith(TOKEN_PREFIX)
    token = await store.find_token(secret)
    assert token is not None
    assert (token.name, token.scopes, token.projects) == ("ci", {"read", "write"}, {1, 3})
    assert await store.add_token("all", ["read"], secret="given") == "given"
    every = await store.find_token("given")
    assert every is not None and every.projects is None
    assert await store.find_token("other") is None
    with pytest.raises(StoreRejected):
        await store.add_token("again", ["read"], secret="given")
    await store.close()
    assert secret.encode() not in file.read_bytes() + _wal(file)


def _wal(file: Path) -> bytes:
    wal = file.with_name(file.name + "-wal")
    return wal.read_bytes() if wal.exists() else b""


async def test_concurrent_writers_wait_for_each_other(store: SqlOperationalStore) -> None:
    project = await store.add_project("shop")
    keys = await asyncio.gather(*(store.add_key(project.id) for _ in range(30)))
    found = await asyncio.gather(*(store.find_key(key.public_key) for key in keys))
    assert sorted(key.key_id for key in found if key) == sorted(key.key_id for key in keys)


async def test_of_several_who_add_the_same_project_one_succeeds(store: SqlOperationalStore) -> None:
    results = await asyncio.gather(*(store.add_project("shop") for _ in range(5)), return_exceptions=True)
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert len(await store.projects()) == 1


async def test_a_store_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "folder.sqlite3").mkdir()
    store = SqlOperationalStore(f"sqlite+aiosqlite:///{tmp_path}/folder.sqlite3")
    with pytest.raises(StoreUnavailable, match="unable to open"):
        await store.migrate()
    await store.close()


async def test_a_store_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "o.sqlite3").write_bytes(b"something else" * 100)
    store = SqlOperationalStore(f"sqlite+aiosqlite:///{tmp_path}/o.sqlite3")
    with pytest.raises(StoreUnavailable, match="not a database"):
        await store.projects()
    # aiosqlite's thread reports its end to the loop, which pytest closes at once.
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 10)
    await store.close()


def test_migrations_make_the_tables(tmp_path: Path) -> None:
    async def migrated() -> None:
        store = SqlOperationalStore(f"sqlite+aiosqlite:///{tmp_path}/o.sqlite3")
        await store.migrate()
        await store.migrate()
        await store.close()

    asyncio.run(migrated())
    engine = sa.create_engine(f"sqlite:///{tmp_path}/o.sqlite3")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == current_revision()
    engine.dispose()


def test_revisions_are_numbered_in_one_line() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [current_revision()]
    for number, script in enumerate(reversed(list(scripts.walk_revisions())), 1):
        assert script.revision == f"{number:04}"
        assert Path(script.path).name.startswith(f"v{number:04}_")


async def test_a_store_of_a_later_version_is_left_alone(store: SqlOperationalStore, file: Path) -> None:
    await store.close()
    with sqlite3.connect(file) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(StoreRejected, match="9999"):
        await store.migrate()


START = """
import asyncio, sys
from settings import Settings
from stores.operational import SqlOperationalStore
from stores.operational.bootstrap import bootstrap

async def start():
    store = SqlOperationalStore(sys.argv[1])
    await store.migrate()
    settings = Settings(bootstrap_key=sys.argv[2], bootstrap_token="secret")
    made = await bootstrap(store, settings)
    await store.close()
    print(made.project.id, made.key is not None, "alembic" in sys.modules)

asyncio.run(start())
"""


def test_several_processes_start_at_once(file: Path) -> None:
    command = [sys.executable, "-c", START, f"sqlite+aiosqlite:///{file}", KEY]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], outputs
    answers = [out.splitlines()[-1].split() for out, _ in outputs]
    assert {answer[0] for answer in answers} == {"1"}
    assert sum(answer[1] == "True" for answer in answers) == 1

    later = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert later.stdout.splitlines()[-1] == "1 False False", (
        "a start with nothing to migrate must not import alembic"
    )


async def test_the_first_start(store: SqlOperationalStore) -> None:
    made = await bootstrap(store, Settings())
    assert made.project.id == 1
    assert made.key is not None and made.token is not None
    key, token = await store.find_key(made.key.public_key), await store.find_token(made.token)
    assert key is not None and key.project == 1
    assert token is not None and token.scopes == set(SCOPES) and token.projects is None
    again = await bootstrap(store, Settings())
    assert (again.project, again.key, again.token) == (made.project, None, None)


async def test_keys_and_tokens_of_the_settings(store: SqlOperationalStore) -> None:
    first = await bootstrap(store, Settings())
    settings = Settings(bootstrap_key=KEY, bootstrap_token="given-token")
    later = await bootstrap(store, settings)
    assert later.project == first.project
    assert later.key is not None and later.key.public_key == KEY
    assert later.token == "given-token"
    assert (await bootstrap(store, settings))[1:] == (None, None)
    await store.revoke_key(KEY)
    assert (await bootstrap(store, settings))[1:] == (None, None)
    assert await store.find_key(KEY) is None, "what was revoked stays revoked"


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
