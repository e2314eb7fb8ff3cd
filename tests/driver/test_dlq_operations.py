"""Quarantined records: listed, shown, redriven once, dropped; and the doctor agrees afterwards."""

import pytest

from agents.stage import Stores
from runtime.context import Context
from runtime.operation import OperationError
from runtime.operations import OPERATIONS
from stores.archive.folder import FolderArchive
from stores.errors import StoreRejected
from stores.operational import SqlOperationalStore
from stores.search.clickhouse import ClickHouseSearch
from tests.driver.test_sinks import STAGES, Faulty, archived, stored
from tests.driver.topology_driver import TopologyDriver


@pytest.fixture
async def quarantine(analytical_store, tmp_path, make_error):
    """A topology in which ClickHouse refuses one event until it is mended; yields driver, context, the event, a switch."""
    bad = make_error("bad")
    switch = {"broken": True}

    def fault(table, rows):
        if switch["broken"] and table == "events" and any(bad["event_id"] in row for row in rows):
            raise StoreRejected("it has a bad row, says the test")

    stores = Stores(Faulty(analytical_store, fault), FolderArchive(tmp_path / "archive"))
    operational = SqlOperationalStore(f"sqlite+aiosqlite:///{tmp_path}/operational.sqlite3")
    await operational.migrate()
    async with TopologyDriver(tmp_path, STAGES, stores, archive_linger=0.05) as driver:
        context = Context(
            settings=driver.settings,
            broker=f"embedded://{driver.log_path}",
            partitions=driver.settings.partitions,
            stages=STAGES,
            log=driver.log,
            events=stores.events,
            archive=stores.archive,
            search=ClickHouseSearch(stores.events, driver.settings.max_clock_skew),
            search_sink=None,
            operational=operational,
            artifacts=None,
            close=operational.close,
        )
        for event in (make_error(), bad, make_error()):
            await driver.pipe_event(event)
        await driver.settle()
        yield driver, context, bad, switch
    await operational.close()


def wrong(checks):
    return {check["check"]: check["detail"] for check in checks if not check["well"]}


async def test_a_record_is_listed_and_shown(quarantine):
    _, context, bad, _ = quarantine
    (row,) = await OPERATIONS["dlq_list"](context, "events-fingerprinted")
    assert (row["agent"], row["event_id"]) == ("clickhouse_events", bad["event_id"])
    assert "bad row" in row["reason"]
    shown = await OPERATIONS["dlq_show"](context, "events-fingerprinted", row["position"])
    assert bad["event_id"] in shown["value"]
    assert "StoreRejected" in shown["traceback"]
    assert set(wrong(await OPERATIONS["doctor"](context))) == {"dlq"}


async def test_a_redriven_record_is_applied_by_the_agent_that_failed_and_by_no_other(quarantine):
    driver, context, _, switch = quarantine
    switch["broken"] = False
    assert await OPERATIONS["dlq_redrive"](context, "events-fingerprinted") == {"redriven": 1, "erased": 0}
    await driver.settle()
    assert await OPERATIONS["dlq_list"](context) == []
    assert await stored(context.events) == (3, 3)
    assert len(await archived(context.archive)) == 3
    assert wrong(await OPERATIONS["doctor"](context)) == {}


async def test_a_record_that_fails_again_is_quarantined_again(quarantine):
    driver, context, bad, switch = quarantine
    await OPERATIONS["dlq_redrive"](context, "events-fingerprinted-dlq")
    await driver.settle()
    (row,) = await OPERATIONS["dlq_list"](context)
    assert row["event_id"] == bad["event_id"]
    switch["broken"] = False
    await OPERATIONS["dlq_redrive"](context, "events-fingerprinted")
    await driver.settle()
    assert await stored(context.events) == (3, 3)
    assert wrong(await OPERATIONS["doctor"](context)) == {}


async def test_redriving_after_a_crash_of_the_redrive_changes_nothing(quarantine):
    driver, context, _, switch = quarantine
    switch["broken"] = False
    await OPERATIONS["dlq_redrive"](context, "events-fingerprinted")
    back = {("events-fingerprinted-dlq", partition): 0 for partition in range(3)}
    await driver.log.commit("stacktide-dlq", back)
    await OPERATIONS["dlq_redrive"](context, "events-fingerprinted")
    await driver.settle()
    assert await stored(context.events) == (3, 3)
    assert wrong(await OPERATIONS["doctor"](context)) == {}


async def test_a_record_of_the_process_stage_is_dropped_with_an_outcome(quarantine):
    driver, context, _, switch = quarantine
    switch["broken"] = False
    await OPERATIONS["dlq_redrive"](context, "events-fingerprinted")
    (received, *_) = await driver.read("events-received")
    headers = [(name, value) for name, value in received.headers if name != "received"]
    await driver.pipe("events-received", b"1:" + b"e" * 32, b"{}", headers)
    await driver.settle()
    (row,) = await OPERATIONS["dlq_list"](context)
    assert (row["topic"], row["agent"]) == ("events-deduplicated", "fingerprint")
    assert await OPERATIONS["dlq_drop"](context, "events-deduplicated") == {"dropped": 1, "erased": 0}
    await driver.settle()
    assert wrong(await OPERATIONS["doctor"](context)) == {}


@pytest.mark.parametrize(
    ("operation", "arguments", "says"),
    [
        ("dlq_list", {"topic": "nonsense"}, "The topics are"),
        ("dlq_show", {"topic": "events-received", "position": "here"}, "partition:offset"),
        ("dlq_show", {"topic": "events-received", "position": "0:99"}, "no record"),
    ],
)
async def test_what_cannot_be_done_is_said(quarantine, operation, arguments, says):
    with pytest.raises(OperationError, match=says):
        await OPERATIONS[operation](quarantine[1], **arguments)
