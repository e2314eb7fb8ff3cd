"""The port ``OperationalStore``, its migrations and the first start, also from several processes at once."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from settings import Settings
from stores.errors import StoreRejected
from stores.operational import SqlOperationalStore
from stores.operational.bootstrap import SCOPES, bootstrap
from stores.operational.engine import make_engine
from stores.operational.migrate import current_revision
from stores.operational.store import TOKEN_PREFIX
from stores.operational.tables import metadata
from stores.ports import OperationalStore, ProjectKey

ROOT = Path(__file__).resolve().parents[2]
KEY = "0123456789abcdef0123456789abcdef"


async def _everything(url: str) -> str:
    """All that the store keeps, as text."""
    engine = make_engine(url)
    async with engine.connect() as connection:
        rows = [await connection.execute(sa.select(table)) for table in metadata.sorted_tables]
        text = repr([list(result) for result in rows])
    await engine.dispose()
    return text


async def test_it_is_the_port(operational_store: SqlOperationalStore) -> None:
    port: OperationalStore = operational_store
    assert await port.projects() == []


async def test_projects(operational_store: SqlOperationalStore) -> None:
    first, second = (
        await operational_store.add_project("Shop, London"),
        await operational_store.add_project("Läden"),
    )
    assert [first.id, second.id] == [1, 2]
    assert (first.slug, second.slug) == ("shop-london", "läden")
    assert await operational_store.projects() == [first, second]
    for name in ("Shop, London", "shop london", "", " - "):
        with pytest.raises(StoreRejected):
            await operational_store.add_project(name)
    assert len(await operational_store.projects()) == 2


async def test_keys(operational_store: SqlOperationalStore, database_url: str) -> None:
    project = await operational_store.add_project("shop")
    made = await operational_store.add_key(project.id, "web")
    assert len(made.public_key) == 32
    given = await operational_store.add_key(project.id, public_key=KEY.upper(), rate_limit=2.5)
    assert given.public_key == KEY
    assert await operational_store.find_key(KEY) == ProjectKey(given.key_id, project.id, 2.5, None)
    assert await operational_store.find_key(KEY.upper()) == await operational_store.find_key(KEY)
    assert await operational_store.find_key("f" * 32) is None

    with pytest.raises(StoreRejected, match="exists already"):
        await operational_store.add_key(project.id, public_key=KEY)
    with pytest.raises(StoreRejected, match="no project 99"):
        await operational_store.add_key(99)
    with pytest.raises(StoreRejected, match="32 hexadecimal"):
        await operational_store.add_key(project.id, public_key="short")

    await operational_store.revoke_key(KEY)
    await operational_store.revoke_key(KEY)
    await operational_store.revoke_key(str(made.key_id))
    assert await operational_store.find_key(KEY) is None
    assert await operational_store.find_key(made.public_key) is None
    for unknown in ("99", "e" * 32, "no key"):
        with pytest.raises(StoreRejected):
            await operational_store.revoke_key(unknown)
    await operational_store.close()
    assert KEY not in await _everything(database_url)


async def test_tokens(operational_store: SqlOperationalStore, database_url: str) -> None:
    secret = await operational_store.add_token("ci", ["read", "write"], [3, 1])
    assert secret.startswith(TOKEN_PREFIX)
    token = await operational_store.find_token(secret)
    assert token is not None
    assert (token.name, token.scopes, token.projects) == ("ci", {"read", "write"}, {1, 3})
    assert await operational_store.add_token("all", ["read"], secret="given") == "given"
    every = await operational_store.find_token("given")
    assert every is not None and every.projects is None
    assert await operational_store.find_token("other") is None
    with pytest.raises(StoreRejected):
        await operational_store.add_token("again", ["read"], secret="given")
    await operational_store.close()
    assert secret not in await _everything(database_url)


async def test_invitations_are_accepted_by_address_once(operational_store: SqlOperationalStore) -> None:
    project = await operational_store.add_project("shop")
    organisations = operational_store.organisations
    for role in ("admin", "viewer"):
        await organisations.invite(project.organisation, "Ada@example.com", role)
    await organisations.invite(project.organisation, "", "owner")
    both = [organisations.accept_for("ada@example.com", "Ada") for _ in range(2)]
    first, second = await asyncio.gather(*both, return_exceptions=True)
    # Of two at once the later one finds no invitation, or the user whom the other has made.
    users = [one for one in (first, second) if one is not None and not isinstance(one, StoreRejected)]
    assert [user.email for user in users] == ["ada@example.com"]
    (member,) = await organisations.members(project.organisation)
    assert (member.email, member.role) == ("ada@example.com", "viewer")
    # An invitation for whoever holds its link is nobody's by address.
    assert await organisations.accept_for("", "Nobody") is None
    assert len(await organisations.invitations(project.organisation)) == 1


async def test_concurrent_writers_wait_for_each_other(operational_store: SqlOperationalStore) -> None:
    project = await operational_store.add_project("shop")
    keys = await asyncio.gather(*(operational_store.add_key(project.id) for _ in range(30)))
    found = await asyncio.gather(*(operational_store.find_key(key.public_key) for key in keys))
    assert sorted(key.key_id for key in found if key) == sorted(key.key_id for key in keys)


async def test_of_several_who_add_the_same_project_one_succeeds(
    operational_store: SqlOperationalStore,
) -> None:
    results = await asyncio.gather(
        *(operational_store.add_project("shop") for _ in range(5)), return_exceptions=True
    )
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert len(await operational_store.projects()) == 1


START = """
import asyncio, sys
from settings import Settings
from stores.operational import SqlOperationalStore
from stores.operational.bootstrap import bootstrap

async def start():
    store = SqlOperationalStore(sys.argv[1])
    await operational_store.migrate()
    settings = Settings(bootstrap_key=sys.argv[2], bootstrap_token="secret")
    made = await bootstrap(operational_store, settings)
    await operational_store.close()
    print(made.project.id, made.key is not None, "alembic" in sys.modules)

asyncio.run(start())
"""


async def test_the_first_start(operational_store: SqlOperationalStore) -> None:
    made = await bootstrap(operational_store, Settings())
    assert made.project.id == 1
    assert made.key is not None and made.token is not None
    key, token = (
        await operational_store.find_key(made.key.public_key),
        await operational_store.find_token(made.token),
    )
    assert key is not None and key.project == 1
    assert token is not None and token.scopes == set(SCOPES) and token.projects is None
    again = await bootstrap(operational_store, Settings())
    assert (again.project, again.key, again.token) == (made.project, None, None)


async def test_keys_and_tokens_of_the_settings(operational_store: SqlOperationalStore) -> None:
    first = await bootstrap(operational_store, Settings())
    settings = Settings(bootstrap_key=KEY, bootstrap_token="given-token")
    later = await bootstrap(operational_store, settings)
    assert later.project == first.project
    assert later.key is not None and later.key.public_key == KEY
    assert later.token == "given-token"
    assert (await bootstrap(operational_store, settings))[1:3] == (None, None)
    await operational_store.revoke_key(KEY)
    assert (await bootstrap(operational_store, settings))[1:3] == (None, None)
    assert await operational_store.find_key(KEY) is None, "what was revoked stays revoked"


async def test_what_no_store_can_hold_is_rejected(operational_store: SqlOperationalStore) -> None:
    with pytest.raises(StoreRejected):
        await operational_store.revoke_key(str(10**30))
    with pytest.raises(StoreRejected):
        await operational_store.add_key(10**30)
    with pytest.raises(StoreRejected):
        await operational_store.add_project("nul \0 in it")
    assert await operational_store.projects() == []


async def test_first_projects_of_different_names_at_once(operational_store: SqlOperationalStore) -> None:
    made = await asyncio.gather(*(operational_store.add_project(f"shop {n}") for n in range(5)))
    assert await operational_store.projects() == sorted(made)


async def test_migrations_make_the_tables(operational_store: SqlOperationalStore, database_url: str) -> None:
    await operational_store.migrate()

    def compare(connection: sa.Connection) -> None:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == current_revision()

    engine = make_engine(database_url)
    async with engine.connect() as connection:
        await connection.run_sync(compare)
    await engine.dispose()


async def test_a_store_of_a_later_version_is_left_alone(
    operational_store: SqlOperationalStore, database_url: str
) -> None:
    engine = make_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(StoreRejected, match="9999"):
        await operational_store.migrate()


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
    print(made.project.id, made.key is not None, made.token is not None, "alembic" in sys.modules)

asyncio.run(start())
"""


def test_several_processes_start_at_once(database_url: str) -> None:
    command = [sys.executable, "-c", START, database_url, KEY]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, outputs
    answers = [out.splitlines()[-1].split() for out, _ in outputs]
    assert len({answer[0] for answer in answers}) == 1
    assert sum(answer[1] == "True" for answer in answers) == 1
    assert sum(answer[2] == "True" for answer in answers) == 1

    later = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert later.stdout.splitlines()[-1] == f"{answers[0][0]} False False False", (
        "a start with nothing to migrate must not import alembic"
    )
