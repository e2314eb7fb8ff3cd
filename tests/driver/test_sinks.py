"""The sinks behind the whole topology: each event once in ClickHouse and once in the archive, whatever happens."""

import pytest

from agents.guard import DLQ_AGENT
from agents.sinks.archive.encode import decode_object
from agents.stage import Stores
from stores.archive.folder import FolderArchive
from stores.errors import StoreRejected, StoreUnavailable
from tests.driver.test_detect import disturb
from tests.driver.topology_driver import NOW

STAGES = ["process", "detect", "clickhouse", "archive"]
FLAVOURS = ["straight", "copied upstream", "redelivered", "restarted", "everything"]


class Faulty:
    """A store that fails as a test says."""

    def __init__(self, store, fault):
        self._store, self._fault = store, fault

    async def insert(self, table, columns, rows, token=""):
        self._fault(table, rows)
        await self._store.insert(table, columns, rows, token)

    def __getattr__(self, name):
        return getattr(self._store, name)


@pytest.fixture
def stores(analytical_store, tmp_path):
    return Stores(analytical_store, FolderArchive(tmp_path / "archive"))


async def stored(store):
    (row,) = await store.query("SELECT count() AS rows, uniqExact(event_id) AS ids FROM events")
    return row["rows"], row["ids"]


async def archived(archive):
    return [entry async for name in archive.list() for entry in decode_object(await archive.get(name))]


@pytest.mark.parametrize(
    ("topology", "flavour"),
    [
        *(("embedded", flavour) for flavour in FLAVOURS),
        *(
            pytest.param("kafka", flavour, marks=pytest.mark.servers)
            for flavour in ("straight", "everything")
        ),
    ],
    indirect=["topology"],
)
async def test_each_event_is_stored_and_archived_once(topology, make_error, stores, flavour):
    async with topology(STAGES, stores, archive_linger=0.05) as driver:
        for number in range(40):
            await driver.pipe_event(make_error(f"f{number % 4}", timestamp=NOW - number))
            if number == 15:
                await driver.settle()
                await disturb(driver, flavour)
        await driver.settle()
        await disturb(driver, flavour)
        assert await stored(stores.events) == (40, 40)
        entries = await archived(stores.archive)
        assert len(entries) == len({entry.event_id for entry in entries}) == 40


async def test_a_store_that_is_away_is_waited_for(topology, make_error, stores):
    failures = 3

    def fault(table, _rows):
        nonlocal failures
        if table == "events" and failures:
            failures -= 1
            raise StoreUnavailable("away, says the test")

    faulty = Stores(Faulty(stores.events, fault), stores.archive)
    async with topology(STAGES, faulty, archive_linger=0.05) as driver:
        for _ in range(5):
            await driver.pipe_event(make_error())
        await driver.settle()
        assert await stored(stores.events) == (5, 5)
        assert failures == 0


async def test_a_row_that_is_refused_is_put_aside_and_the_others_stored(topology, make_error, stores):
    bad = make_error("bad")

    def fault(table, rows):
        if table == "events" and any(bad["event_id"] in row for row in rows):
            raise StoreRejected("it has a bad row, says the test")

    faulty = Stores(Faulty(stores.events, fault), stores.archive)
    async with topology(STAGES, faulty, archive_linger=0.05) as driver:
        for number in range(20):
            await driver.pipe_event(make_error(f"f{number}"))
        await driver.pipe_event(bad)
        await driver.settle()
        assert await stored(stores.events) == (20, 20)
        (quarantined,) = await driver.read("events-fingerprinted-dlq")
        assert dict(quarantined.headers)[DLQ_AGENT] == b"clickhouse_events"
        assert len(await archived(stores.archive)) == 21, "the other sinks are not concerned"
