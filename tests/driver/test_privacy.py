"""Erasing: what is gone stays gone, whatever is redelivered or replayed, and the doctor finds everything accounted for."""

import dataclasses

import msgspec
import pytest

from agents.fingerprint import step as fingerprint_step
from agents.fingerprint.scrub.people import pseudonym
from agents.stage import Stores
from runtime.operation import OperationError
from runtime.operations import OPERATIONS
from runtime.privacy import run
from runtime.retention import apply_project_retention
from schemas.privacy import Subject
from stores.archive.folder import FolderArchive
from stores.errors import StoreRejected
from stores.operational import SqlOperationalStore
from tests.driver.test_detect import disturb
from tests.driver.test_dlq_operations import wrong
from tests.driver.test_replay import context_of, replay
from tests.driver.test_sinks import STAGES, Faulty, archived, stored
from tests.driver.topology_driver import NOW

SETTINGS = {"archive_linger": 0.05, "events_retention": 1e10}
ADA = "Ada@Example.com"
USERS = [{"email": ADA}, {"id": "7", "email": "bob@example.com"}, {"id": 42, "username": ADA.lower()}, None]


@pytest.fixture
def stores(analytical_store, tmp_path):
    return Stores(analytical_store, FolderArchive(tmp_path / "archive"))


@pytest.fixture
async def operational(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "_REPLAYS_KNOW", 0.0)
    store = SqlOperationalStore(f"sqlite+aiosqlite:///{tmp_path}/operational.sqlite3")
    await store.migrate()
    await store.add_project("shop")
    await store.add_project("other")
    yield store
    await store.close()


async def fill(driver, make_error, events=12, project=1):
    for number in range(events):
        event = make_error(f"f{number % 3}", timestamp=NOW - number)
        if user := USERS[number % len(USERS)]:
            event["user"] = user
        await driver.pipe_event(event, project=project)
    await driver.settle()


def whole(driver, stores, operational):
    return dataclasses.replace(context_of(driver, stores), operational=operational)


async def erase(context, **subject):
    request = await context.operational.erasures.add(1, 1, Subject(**subject), "a test")
    assert await run.work_off_erasures(context) == 1
    done = await context.operational.erasures.get(1, int(request.id))
    assert done.state == "done", done
    return done.receipt


async def users_left(context):
    rows = await context.events.query("SELECT event FROM events")
    stored_users = {repr(msgspec.json.decode(row["event"]).get("user")) for row in rows}
    return stored_users, b"".join([bytes(entry.payload) for entry in await archived(context.archive)])


@pytest.mark.parametrize("flavour", ["straight", "redelivered", "restarted", "everything"])
async def test_what_was_erased_stays_away(topology, make_error, stores, operational, flavour):
    async with topology(STAGES, stores, **SETTINGS) as driver:
        await fill(driver, make_error)
        await fill(driver, make_error, project=2)
        context = whole(driver, stores, operational)
        receipt = await erase(context, email=ADA)
        assert receipt.erased == {"clickhouse": 6, "archive": 6, "quarantine": 0}
        assert any(
            "events-received" in left.where and left.until > receipt.started for left in receipt.remains
        )
        await disturb(driver, flavour)
        assert await replay(driver, context) == 18
        await disturb(driver, flavour)
        assert await stored(stores.events) == (18, 18)
        rows = await stores.events.query(
            "SELECT project, count() AS n FROM events GROUP BY project ORDER BY project"
        )
        assert [row["n"] for row in rows] == [6, 12]
        assert len(await archived(stores.archive)) == 18
        if flavour == "straight":
            assert wrong(await OPERATIONS["doctor"](context)) == {}


async def test_a_pseudonym_an_id_and_an_address_name_users_too(topology, make_error, stores, operational):
    async with topology(STAGES, stores, **SETTINGS) as driver:
        for user in (
            {"id": "[id]"},
            {"id": 42},
            {"ip_address": "203.0.113.9"},
            {"id": pseudonym("[x]", "43", "")},
        ):
            event = make_error("f")
            event["user"] = user
            await driver.pipe_event(event)
        await driver.settle()
        context = whole(driver, stores, operational)
        assert (await erase(context, user_id="42")).erased == {"clickhouse": 1, "archive": 1, "quarantine": 0}
        assert (await erase(context, user_id="43")).erased == {"clickhouse": 1, "archive": 1, "quarantine": 0}
        assert (await erase(context, ip="203.0.113.9")).erased == {
            "clickhouse": 1,
            "archive": 1,
            "quarantine": 0,
        }
        assert (await erase(context, ip="203.0.113.0")).erased == {
            "clickhouse": 0,
            "archive": 0,
            "quarantine": 0,
        }
        assert await stored(stores.events) == (1, 1)
        assert (await erase(context, ip="127.0.0.1")).erased == {
            "clickhouse": 1,
            "archive": 1,
            "quarantine": 0,
        }
        assert await archived(stores.archive) == []


async def test_an_erasure_that_failed_in_the_middle_is_done_again(topology, make_error, stores, operational):
    class Fails(FolderArchive):
        fails = True

        async def drop(self, name):
            if self.fails:
                raise OSError("the disk is away, says the test")
            await super().drop(name)

    archive = Fails(stores.archive._path)
    async with topology(STAGES, Stores(stores.events, archive), **SETTINGS) as driver:
        await fill(driver, make_error)
        context = whole(driver, Stores(stores.events, archive), operational)
        request = await operational.erasures.add(1, 1, Subject(email=ADA), "a test")
        assert await run.work_off_erasures(context) == 0
        waiting = await operational.erasures.get(1, int(request.id))
        assert (waiting.state, waiting.receipt) == ("running", None) and "says the test" in waiting.problem
        assert await operational.erasures.under_way(1)
        result = await OPERATIONS["replay_objects"](context, NOW - 100, NOW + 100)
        held = await OPERATIONS["replay_events"](context, result[0]["name"], 0, 5, 1, NOW - 100, NOW + 100)
        assert (held["sent"], held["done"]) == (0, False) and "erased" in held["waits_for"]
        archive.fails = False
        operational.erasures._clock = lambda: waiting.requested + 60
        assert await run.work_off_erasures(context) == 1
        assert await stored(stores.events) == (6, 6)
        assert len(await archived(archive)) == 6
        assert ADA.lower() not in (await users_left(context))[1].decode().lower()
        assert wrong(await OPERATIONS["doctor"](context)) == {}


async def test_a_removed_project_leaves_nothing_and_late_events_go_too(
    topology, make_error, stores, operational
):
    async with topology(STAGES, stores, key_cache_ttl=0.0, **SETTINGS) as driver:
        await fill(driver, make_error)
        await fill(driver, make_error, project=2)
        context = whole(driver, stores, operational)
        await operational.remove_project(1, "a test")
        assert await run.work_off_erasures(context) == 1
        for table in ("events", "issues", "error_counts", "issue_error_counts", "project_error_counts"):
            rows = await stores.events.query(f"SELECT DISTINCT project FROM {table}")
            assert [row["project"] for row in rows] == [2], table
        assert {entry.project for entry in await archived(stores.archive)} == {2}
        assert wrong(await OPERATIONS["doctor"](context)) == {}
        await fill(driver, make_error, 4)
        await apply_project_retention(context, NOW)
        assert await stored(stores.events) == (12, 12)


async def test_a_project_keeps_its_events_for_a_shorter_time(topology, make_error, stores, operational):
    def shorter(before):
        return msgspec.structs.replace(before, retention_days=3)

    async with topology(STAGES, stores, **SETTINGS) as driver:
        await operational.configurations.change(1, shorter)
        for project in (1, 2):
            await fill(driver, make_error, 4, project)
        context = whole(driver, stores, operational)
        await apply_project_retention(context, NOW + 3 * 86_400)
        assert await stored(stores.events) == (8, 8)
        await apply_project_retention(context, NOW + 5 * 86_400)
        rows = await stores.events.query("SELECT DISTINCT project FROM events")
        assert [row["project"] for row in rows] == [2]
        assert {entry.project for entry in await archived(stores.archive)} == {2}
        assert wrong(await OPERATIONS["doctor"](context)) == {}


@pytest.fixture
def refusing(stores):
    """Stores of which ClickHouse refuses every event while the switch is on."""
    switch = {"on": False}

    def fault(table, _rows):
        if switch["on"] and table == "events":
            raise StoreRejected("it has a bad row, says the test")

    return Stores(Faulty(stores.events, fault), stores.archive), switch


@pytest.mark.parametrize("flavour", ["straight", "everything"])
async def test_a_quarantined_record_of_an_erased_event_is_never_shown_nor_redriven(
    topology, make_error, refusing, operational, flavour
):
    stores, switch = refusing
    async with topology(STAGES, stores, bad_ratio=1.0, **SETTINGS) as driver:
        await fill(driver, make_error, 4)
        switch["on"] = True
        await fill(driver, make_error, 4)
        await pipe_unreadable(driver, make_error)
        await driver.settle()
        switch["on"] = False
        context = whole(driver, stores, operational)
        receipt = await erase(context, email=ADA)
        # Of three that wait at fingerprint one names her, and of four at ClickHouse two. What is no JSON has lost her name.
        assert receipt.erased == {"clickhouse": 2, "archive": 4, "quarantine": 3}
        assert any("events-received-dlq" in left.where for left in receipt.remains)
        await disturb(driver, flavour)
        listed = await OPERATIONS["dlq_records"](context, "events-fingerprinted")
        assert len(listed) == 4 and sum(row["value"] == "" for row in listed) == 2
        for topic in ("events-fingerprinted", "events-deduplicated"):
            for row in await OPERATIONS["dlq_records"](context, topic):
                assert ADA.lower() not in (row["value"] + row["traceback"] + row["reason"]).lower()
                shown = await OPERATIONS["dlq_show"](context, topic, row["position"])
                assert ADA.lower() not in repr(shown).lower()
        assert await OPERATIONS["dlq_redrive"](context, "events-fingerprinted") == {
            "redriven": 2,
            "erased": 2,
        }
        given_up = await OPERATIONS["dlq_drop"](context, "events-deduplicated")
        # What is redelivered is quarantined once more, and is known for what it is.
        assert 2 * given_up["erased"] == given_up["dropped"] > 0
        await driver.settle()
        await disturb(driver, flavour)
        assert await stored(stores.events) == (4, 4)
        assert ADA.lower() not in repr(await users_left(context)).lower()
        if flavour == "straight":
            assert wrong(await OPERATIONS["doctor"](context)) == {}


async def pipe_unreadable(driver, make_error):
    """Three records that fingerprint cannot read for want of a header: of Ada, of Ada but no JSON, of nobody."""
    (received, *_) = await driver.read("events-received")
    headers = [(name, value) for name, value in received.headers if name != "received"]
    values = [b'{"user": {"email": "%s"}}' % ADA.encode(), b"{{ of %s" % ADA.encode(), b"{}"]
    for number, value in enumerate(values):
        await driver.pipe("events-received", b"1:" + b"%032d" % number, value, headers)


async def test_a_redrive_waits_for_an_erasure_and_knows_removed_projects(
    topology, make_error, refusing, operational
):
    stores, switch = refusing
    async with topology(STAGES, stores, bad_ratio=1.0, key_cache_ttl=0.0, **SETTINGS) as driver:
        switch["on"] = True
        await fill(driver, make_error, 2)
        await fill(driver, make_error, 2, project=2)
        switch["on"] = False
        context = whole(driver, stores, operational)
        await operational.erasures.add(2, 1, Subject(email="nobody@example.com"), "a test")
        with pytest.raises(OperationError, match="project 2 are being erased"):
            for _ in range(3):  # each time goes on with what is left
                await OPERATIONS["dlq_redrive"](context, "events-fingerprinted", 4)
        await operational.remove_project(1, "a test")
        assert await run.work_off_erasures(context) == 2
        result = await OPERATIONS["dlq_redrive"](context, "events-fingerprinted")
        assert result["redriven"] <= 2
        await driver.settle()
        rows = await stores.events.query("SELECT project, count() AS n FROM events GROUP BY project")
        assert [(row["project"], row["n"]) for row in rows] == [(2, 2)]


async def test_what_fails_while_it_is_made_an_event_is_put_aside_without_personal_data(
    topology, make_error, stores, operational, monkeypatch
):
    def broken(*_arguments, **_more):
        raise RuntimeError(f"cannot handle {ADA}, says the test")

    async with topology(STAGES, stores, bad_ratio=1.0, **SETTINGS) as driver:
        monkeypatch.setattr(fingerprint_step, "normalise", broken)
        event = make_error("f", timestamp=NOW)
        await driver.pipe_event(event | {"user": {"email": ADA}, "extra": {"password": "zq81mm", "n": 1}})
        await driver.settle()
        monkeypatch.undo()
        (put_aside,) = await driver.read("events-deduplicated-dlq")
        kept = repr(put_aside).lower()
        assert ADA.lower() not in kept and "zq81mm" not in kept
        assert "cannot handle [email], says the test" in kept
        context = whole(driver, stores, operational)
        assert (await OPERATIONS["dlq_redrive"](context, "events-deduplicated"))["redriven"] == 1
        await driver.settle()
        (row,) = await stores.events.query("SELECT event FROM events")
        stored_event = msgspec.json.decode(row["event"])
        assert stored_event["event_id"] == event["event_id"]
        assert stored_event["user"]["email"] == pseudonym("[email]", ADA, "")
        assert (await erase(context, email=ADA)).erased["clickhouse"] == 1
