"""The opensearch sink behind the whole topology: each event once in OpenSearch, whatever happens."""

import asyncio
import uuid

import pytest

from agents.guard import DLQ_AGENT
from agents.stage import Stores
from stores.archive.folder import FolderArchive
from stores.ports import EventSearch, Written
from stores.search.opensearch.store import OpenSearchStore
from tests.driver.test_detect import disturb
from tests.driver.test_sinks import FLAVOURS
from tests.driver.topology_driver import NOW, TopologyDriver

pytestmark = pytest.mark.servers

STAGES = ["process", "opensearch"]


class Faulty:
    """A sink of which a test says what it does not write: places to wait, and to be refused, for each call."""

    def __init__(self, sink, faults):
        self.sink, self.faults, self.sizes = sink, faults, []

    async def write(self, documents):
        self.sizes.append(len(documents))
        waiting, refused = self.faults(documents)
        good = [place for place in range(len(documents)) if place not in {*waiting, *refused}]
        written = await self.sink.write([documents[place] for place in good])
        assert written == ([], [], "")
        return Written(
            [(place, "refused, says the test") for place in refused], waiting, "waits, says the test"
        )


@pytest.fixture
async def search(opensearch_server):
    store = OpenSearchStore(opensearch_server.url, replicas=0, name=f"sink-{uuid.uuid4().hex[:8]}")
    await store.migrate()
    yield store
    await store.drop_days_before("9999-12-31")
    await store._client.indices.delete_index_template(name=store._name)
    await store.close()


@pytest.fixture
def stores(analytical_store, tmp_path, search):
    return Stores(analytical_store, FolderArchive(tmp_path / "archive"), search)


async def found(store):
    await store._client.indices.refresh(index=f"{store._name}-*")
    return sorted(e.event_id for e in await store.find_events(EventSearch(1, 0.0, None, [], None, 1000)))


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_each_event_is_found_once(tmp_path, make_error, stores, flavour):
    errors = [make_error(f"f{number % 4}", timestamp=NOW - number) for number in range(40)]
    async with TopologyDriver(tmp_path, STAGES, stores) as driver:
        for number, error in enumerate(errors):
            await driver.pipe_event(error)
            if number == 15:
                await driver.settle()
                await disturb(driver, flavour)
        await driver.settle()
        await disturb(driver, flavour)
    assert await found(stores.search) == sorted(error["event_id"] for error in errors)


async def test_only_what_waits_is_written_again_and_what_is_refused_is_put_aside(
    tmp_path, make_error, stores
):
    errors = [make_error(f"f{number}") for number in range(20)]
    bad, late = errors[3]["event_id"], {error["event_id"] for error in errors[10:15]}

    def faults(documents):
        waiting = [place for place, document in enumerate(documents) if document.event_id in late]
        late.difference_update(documents[place].event_id for place in waiting)
        return waiting, [place for place, document in enumerate(documents) if document.event_id == bad]

    faulty = Faulty(stores.search, faults)
    async with TopologyDriver(tmp_path, STAGES, Stores(stores.events, stores.archive, faulty)) as driver:
        for error in errors:
            await driver.pipe_event(error)
        await driver.settle()
        (quarantined,) = await driver.read("events-fingerprinted-dlq")
        assert dict(quarantined.headers)[DLQ_AGENT] == b"opensearch"
    good = sorted(error["event_id"] for error in errors if error["event_id"] != bad)
    assert await found(stores.search) == good
    again = sum(faulty.sizes) - len(errors)
    assert again == 5, "those that waited and no others"


async def test_a_server_that_is_killed_is_waited_for(tmp_path, make_error, stores, opensearch_server):
    errors = [make_error(f"f{number}") for number in range(60)]
    async with TopologyDriver(tmp_path, STAGES, stores) as driver:
        for error in errors[:20]:
            await driver.pipe_event(error)
        opensearch_server.kill()
        try:
            for error in errors[20:]:
                await driver.pipe_event(error)
        finally:
            await asyncio.to_thread(opensearch_server.restart)
        await driver.settle()
        assert await driver.read("events-fingerprinted-dlq") == []
    assert await found(stores.search) == sorted(error["event_id"] for error in errors)
