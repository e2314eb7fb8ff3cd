"""The API on real stores, behind a real HTTP server on a free port."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from api.app import Api, add_api_routes
from embedded.log import Log, TopicConfig
from settings import Settings
from stores.archive.folder import FolderArchive
from stores.artifacts.folder import FolderArtifacts
from stores.events.chdb import ChdbStore
from stores.operational.store import SqlOperationalStore
from stores.search.clickhouse import ClickHouseSearch
from stores.vault import Vault
from tests.api.people import Person

ALL = "token-of-all"
NARROW = "token-of-project-two"
WRITER = "token-that-may-not-read"


class Served(NamedTuple):
    """A running API and what is behind it."""

    api: Api
    client: TestClient[web.Request, web.Application]

    async def get(self, path: str, token: str = ALL, expect: int = 200, **params: Any) -> Any:
        """The JSON of an answer."""
        response = await self.client.get(
            f"/api/v1{path}", params=params, headers={"Authorization": f"Bearer {token}"}
        )
        body = await response.json()
        assert response.status == expect, body
        if expect != 200:
            assert set(body) == {"error"} and set(body["error"]) == {"code", "message", "detail"}
        return body

    async def send(self, method: str, path: str, body: Any, token: str = ALL, expect: int = 200) -> Any:
        """The JSON of an answer to a body of JSON; of a refusal, the error."""
        response = await self.client.request(
            method, f"/api/v1{path}", json=body, headers={"Authorization": f"Bearer {token}"}
        )
        answer = await response.json()
        assert response.status == expect, answer
        return answer if expect == 200 else answer["error"]


@pytest.fixture
async def operational(tmp_path: Path) -> AsyncIterator[SqlOperationalStore]:
    vault = Vault(["a key for tests, and for nothing else"])
    store = SqlOperationalStore(f"sqlite+aiosqlite:///{tmp_path}/operational.sqlite3", vault=vault)
    await store.migrate()
    for name in ("First shop", "Second shop"):
        await store.add_project(name)
    await store.add_token("all", ["*"], secret=ALL)
    await store.add_token("narrow", ["read"], projects=[2], secret=NARROW)
    await store.add_token("writer", ["write"], secret=WRITER)
    yield store
    await store.close()


@pytest.fixture
async def served(
    analytical_store: ChdbStore, operational: SqlOperationalStore, tmp_path: Path
) -> AsyncIterator[Served]:
    log = Log.open(tmp_path / "log", fsync=False)
    await log.start()
    log.create_topic("events-fingerprinted", 2, TopicConfig())
    search = ClickHouseSearch(analytical_store, Settings().max_clock_skew)
    artifacts = FolderArtifacts(tmp_path / "artifacts")
    api = Api(
        Settings(), analytical_store, FolderArchive(tmp_path / "archive"), operational, log, search, artifacts
    )
    app = web.Application()
    add_api_routes(app, api)
    async with TestClient(TestServer(app)) as client:
        yield Served(api, client)
    await log.close()


@pytest.fixture
async def person(served: Served) -> AsyncIterator[Callable[[], Person]]:
    """Makes people, each with a browser of their own."""
    made: list[Person] = []

    def make() -> Person:
        made.append(Person(served.client.server))
        return made[-1]

    yield make
    for one in made:
        await one.client.session.close()
