"""Injected failures: refused sends, and crashes between the steps of a batch. Counts stay exact."""

import asyncio
import random

import pytest

from agents.stamped_table import StampedTable
from agents.table import StateTable
from cluster.sender import Sender
from embedded.log import Log
from stores.errors import StoreUnavailable
from tests.driver.test_detect import totals
from tests.driver.topology_driver import NOW, TopologyDriver

STAGES = ["process", "detect"]


class Crash(Exception):
    """What a test throws into a stage."""


async def settle_through_crashes(driver: TopologyDriver) -> int:
    """Settle, starting the stages again whenever one fails; returns how often one did."""
    for crashes in range(200):
        try:
            await driver.settle()
            return crashes
        except AssertionError as failed:
            assert isinstance(failed.__cause__, Crash), failed.__cause__
            await driver.restart(forget_state=crashes % 3 == 2)
    raise AssertionError("the stages failed without end")


async def assert_exact(driver: TopologyDriver, events: int, issues: int) -> None:
    by_issue = totals(await driver.read_json("errors-counted"))
    assert sum(by_issue.values()) == events
    assert len(by_issue) == issues
    assert len({change["id"] for change in await driver.read_json("issues-tracked")}) == issues


@pytest.mark.parametrize("seed", range(3))
async def test_sends_that_are_refused_are_tried_again_and_counted_once(
    tmp_path, make_error, monkeypatch, seed
):
    chance = random.Random(seed)
    append = Log.append

    def sometimes_refused(log, topic, partition, records, timestamp=None):
        if topic != "events-received" and chance.random() < 0.15:
            refused = asyncio.get_running_loop().create_future()
            refused.set_exception(StoreUnavailable("no room, says the test"))
            return refused
        return append(log, topic, partition, records, timestamp)

    async with TopologyDriver(tmp_path, STAGES) as driver:
        monkeypatch.setattr(Log, "append", sometimes_refused)
        for number in range(80):
            await driver.pipe_event(make_error(f"f{number % 4}", timestamp=NOW - number))
        await driver.settle()
        monkeypatch.setattr(Log, "append", append)
        await assert_exact(driver, 80, 4)


@pytest.mark.parametrize("topology", [pytest.param("kafka", marks=pytest.mark.servers)], indirect=True)
@pytest.mark.parametrize("sent", [False, True], ids=["refused", "sent, and the answer lost"])
async def test_sends_to_kafka_that_fail_are_tried_again_and_counted_once(
    topology, make_error, monkeypatch, sent
):
    chance = random.Random(7)
    send_many = Sender.send_many
    failures = 0

    async def sometimes_failing(sender, topic, records, partition=None):
        nonlocal failures
        fails = chance.random() < 0.15
        if sent or not fails:
            last = await send_many(sender, topic, records, partition)
        if fails:
            failures += 1
            raise StoreUnavailable("no answer, says the test")
        return last

    monkeypatch.setattr(Sender, "send_many", sometimes_failing)
    async with topology(STAGES, batch_size=10) as driver:
        for number in range(80):
            await driver.pipe_event(make_error(f"f{number % 4}", timestamp=NOW - number))
        await driver.settle()
        monkeypatch.undo()
        await assert_exact(driver, 80, 4)
    assert failures > 0, "the test did not do what it is for"


@pytest.mark.parametrize(
    ("topology", "seed"),
    [*(("embedded", seed) for seed in range(3)), pytest.param("kafka", 0, marks=pytest.mark.servers)],
    indirect=["topology"],
)
@pytest.mark.parametrize("moment", ["before the changelog", "after the changelog", "after the rows"])
async def test_a_crash_between_the_steps_of_a_batch_counts_nothing_twice(
    topology, make_error, monkeypatch, moment, seed
):
    chance = random.Random(seed)
    write, put = StateTable.write, StampedTable.put_rows
    has_crashed = False

    def maybe_crash(at: str) -> None:
        nonlocal has_crashed
        if at == moment and (not has_crashed or chance.random() < 0.2):
            has_crashed = True
            raise Crash(at)

    async def crashing_write(table, changes, batch):
        maybe_crash("before the changelog")
        await write(table, changes, batch)
        maybe_crash("after the rows")

    def crashing_put(table, *arguments):
        if not table.app.tables.recovery.in_recovery:  # that of a start puts rows too
            maybe_crash("after the changelog")
        put(table, *arguments)

    monkeypatch.setattr(StateTable, "write", crashing_write)
    monkeypatch.setattr(StampedTable, "put_rows", crashing_put)
    async with topology(STAGES, batch_size=10) as driver:
        for number in range(60):
            await driver.pipe_event(make_error(f"f{number % 4}", timestamp=NOW - number))
        crashes = await settle_through_crashes(driver)
        monkeypatch.undo()
        await settle_through_crashes(driver)
        await assert_exact(driver, 60, 4)
        assert crashes > 0, "the test did not do what it is for"
