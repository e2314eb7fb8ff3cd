"""The guard in the running topology: too many bad records halt the stage, and nothing of them is lost."""

import asyncio

import pytest

from agents.guard import StageHalted


async def test_too_many_bad_records_halt_the_stage_before_they_are_put_aside(topology):
    async with topology(["process"], bad_minimum=20) as driver:
        for number in range(60):
            await driver.pipe("events-deduplicated", b"1:%d" % number, b"{}", [])
        (app,) = driver._apps
        failure = await asyncio.wait_for(asyncio.shield(app.failure), 10)
        assert isinstance(failure, StageHalted)
        assert "STACKTIDE_BAD_RATIO" in str(failure)
        quarantined = len(await driver.read("events-deduplicated-dlq"))
        committed = sum((await driver.log.committed("stacktide-process")).values())
        assert committed <= quarantined < 60


@pytest.mark.parametrize("bad", [1, 5])
async def test_a_few_bad_records_do_not(topology, make_error, bad):
    async with topology(["process"], bad_minimum=20) as driver:
        for _ in range(bad):
            await driver.pipe("events-deduplicated", b"1:x", b"{}", [])
        for number in range(30):
            await driver.pipe_event(make_error(f"f{number}"))
        await driver.settle()
        assert len(await driver.read("events-deduplicated-dlq")) == bad
        assert len(await driver.read("events-fingerprinted")) == 30
