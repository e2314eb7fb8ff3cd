"""Replays: what was archived goes through the pipeline again, and each event is still there once."""

import json
from types import SimpleNamespace

import pytest

from agents.stage import Stores
from api.queries.events import find_payload, find_place
from runtime.context import Context
from runtime.operations import OPERATIONS
from schemas.rules import Count, NewIssue
from stores.archive.folder import FolderArchive
from stores.errors import StoreRejected, StoreUnavailable
from stores.search.clickhouse import ClickHouseSearch
from tests.driver.ruling import alerts, configure, make_rule, summary
from tests.driver.test_detect import disturb
from tests.driver.test_dlq_operations import wrong
from tests.driver.test_sinks import STAGES, Faulty, archived, stored
from tests.driver.topology_driver import NOW

SETTINGS = {"archive_linger": 0.05, "events_retention": 1e10}
FLAVOURS = ["straight", "everything"]


@pytest.fixture
def stores(analytical_store, tmp_path):
    return Stores(analytical_store, FolderArchive(tmp_path / "archive"))


class Erasures:
    """Says whether data of a project are being erased; none have been."""

    erasing = False

    async def under_way(self, _project):
        return self.erasing

    async def removed(self):
        return []

    async def among(self, _origins):
        return frozenset()


def nothing_erased():
    erasures = Erasures()
    return SimpleNamespace(erasures=erasures, removals=erasures, erased_origins=erasures)


def context_of(driver, stores):
    async def close():
        pass

    return Context(
        settings=driver.settings,
        broker=driver.broker,
        partitions=driver.settings.partitions,
        stages=tuple(STAGES),
        log=driver.log,
        events=stores.events,
        archive=stores.archive,
        search=ClickHouseSearch(stores.events, driver.settings.max_clock_skew),
        search_sink=None,
        operational=nothing_erased(),
        artifacts=stores.artifacts,
        close=close,
    )


async def replay(driver, context, number=1, start=NOW - 100, until=NOW + 100, limit=5):
    sent = 0
    for found in await OPERATIONS["replay_objects"](context, start, until):
        skip, done = 0, False
        while not done:
            result = await OPERATIONS["replay_events"](
                context, found["name"], skip, limit, number, start, until
            )
            assert result["waits_for"] == ""
            sent, skip, done = sent + result["sent"], skip + limit, result["done"]
    await driver.settle()
    return sent


async def issues(store):
    """Events by issue, from the projection that lists use."""
    rows = await store.query("SELECT issue_id, count() AS n FROM events GROUP BY issue_id ORDER BY issue_id")
    return {row["issue_id"]: row["n"] for row in rows}


async def test_a_replay_sets_off_no_alert(topology, make_error, stores):
    async with topology(STAGES, stores, **SETTINGS) as driver:
        await configure(driver, make_rule(Count(window=60, above=4)), make_rule(NewIssue(), id=2))
        for number in range(4):
            await driver.pipe_event(make_error("f0", timestamp=NOW - number))
        await driver.settle()
        assert await replay(driver, context_of(driver, stores)) == 4
        await disturb(driver, "everything")
        assert summary(await alerts(driver)) == [(2, "new_issue", "firing")]
        await driver.pipe_event(make_error("f0", timestamp=NOW))
        await driver.settle()
        assert sorted(summary(await alerts(driver))) == [(1, "count", "firing"), (2, "new_issue", "firing")]


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_a_replay_changes_no_count(topology, make_error, stores, flavour):
    async with topology(STAGES, stores, **SETTINGS) as driver:
        for number in range(12):
            await driver.pipe_event(make_error(f"f{number % 4}", timestamp=NOW - number))
        await driver.settle()
        before = await issues(stores.events)
        counted = await driver.read_json("errors-counted")
        context = context_of(driver, stores)
        assert await replay(driver, context) == 12
        await disturb(driver, flavour)
        assert await replay(driver, context, 2) == 12
        await disturb(driver, flavour)
        assert await stored(stores.events) == (12, 12)
        assert await issues(stores.events) == before
        rows = await stores.events.query("SELECT DISTINCT replay FROM events")
        assert [row["replay"] for row in rows] == [2]
        assert len(await archived(stores.archive)) == 12
        if flavour == "straight":
            assert await driver.read_json("errors-counted") == counted
            assert wrong(await OPERATIONS["doctor"](context)) == {}


async def test_a_store_that_fails_between_the_new_row_and_the_old_one(topology, make_error, stores):
    failures = 2

    class Fails(Faulty):
        async def command(self, sql):
            nonlocal failures
            if failures and sql.startswith("DELETE"):
                failures -= 1
                raise StoreUnavailable("away, says the test")
            await self._store.command(sql)

    faulty = Stores(Fails(stores.events, lambda table, rows: None), stores.archive)
    async with topology(STAGES, faulty, **SETTINGS) as driver:
        for number in range(5):
            await driver.pipe_event(make_error(f"f{number}"))
        await driver.settle()
        assert await replay(driver, context_of(driver, stores)) == 5
        assert await stored(stores.events) == (5, 5)
        assert failures == 0


async def test_an_event_that_was_redriven_after_its_replay_is_there_once(topology, make_error, stores):
    bad = make_error("bad")
    broken = True

    def fault(table, rows):
        if broken and table == "events" and any(bad["event_id"] in row for row in rows):
            raise StoreRejected("it has a bad row, says the test")

    faulty = Stores(Faulty(stores.events, fault), stores.archive)
    async with topology(STAGES, faulty, **SETTINGS) as driver:
        for event in (make_error(), bad):
            await driver.pipe_event(event)
        await driver.settle()
        assert await stored(stores.events) == (1, 1)
        broken = False
        context = context_of(driver, stores)
        await replay(driver, context)
        assert await stored(stores.events) == (2, 2)
        await OPERATIONS["dlq_redrive"](context, "events-fingerprinted")
        await driver.settle()
        assert await stored(stores.events) == (2, 2)


async def test_a_replay_waits_for_what_is_not_stored_yet(topology, make_error, stores):
    async with topology(["process", "archive"], stores, **SETTINGS) as driver:
        await driver.pipe_event(make_error())
        await driver.settle()
        context = context_of(driver, stores)
        (found,) = await OPERATIONS["replay_objects"](context, NOW - 100, NOW + 100)
        result = await OPERATIONS["replay_events"](context, found["name"], 0, 10, 1, NOW - 100, NOW + 100)
        assert result == {"sent": 0, "done": False, "waits_for": "clickhouse has not stored these events yet"}


async def test_the_time_and_the_project_are_kept_to(topology, make_error, stores):
    async with topology(STAGES, stores, **SETTINGS) as driver:
        for project in (1, 2):
            await driver.pipe_event(make_error(), project=project)
        driver.now += 50
        await driver.pipe_event(make_error())
        await driver.settle()
        context = context_of(driver, stores)
        assert await replay(driver, context, start=NOW - 1, until=NOW + 50) == 2
        assert len(await OPERATIONS["replay_objects"](context, NOW - 1, NOW + 100, 2)) == 1
        assert await OPERATIONS["replay_objects"](context, NOW - 2 * 86_400, NOW - 86_400) == []


async def test_a_payload_is_found_after_a_replay(topology, make_error, stores):
    async with topology(STAGES, stores, **SETTINGS) as driver:
        event = make_error()
        await driver.pipe_event(event)
        await driver.settle()
        await replay(driver, context_of(driver, stores))
        place = await find_place(stores.events, 1, event["event_id"])
        payload = await find_payload(stores.archive, driver.log, 1, event["event_id"], place)
        assert json.loads(payload.body)["event_id"] == event["event_id"]
        assert payload.source == "archive"
