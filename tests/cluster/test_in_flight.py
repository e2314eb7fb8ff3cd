"""Batches that are being handled: giving up partitions waits for them, for a while."""

import asyncio
import time

import pytest

from agents import in_flight
from agents.in_flight import InFlight


async def test_what_runs_is_waited_for() -> None:
    batches, done = InFlight(), []

    async def handler() -> None:
        await asyncio.sleep(0.05)
        done.append(True)

    running = asyncio.ensure_future(batches.run(handler()))
    await asyncio.sleep(0)
    await batches.finish()
    assert done == [True]
    assert await running is True


async def test_what_takes_too_long_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_flight, "GRACE", 0.05)
    batches, ended = InFlight(), []

    async def handler() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            ended.append(time.monotonic())

    running = asyncio.ensure_future(batches.run(handler()))
    await asyncio.sleep(0)
    await batches.finish()
    assert ended and time.monotonic() >= ended[0], "it has ended, its clean-up included"
    assert await running is False


async def test_nothing_begins_until_it_is_reopened() -> None:
    batches, done = InFlight(), []

    async def handler() -> None:
        done.append(True)

    await batches.finish()
    assert await batches.run(handler()) is False
    batches.reopen()
    assert await batches.run(handler()) is True
    assert done == [True]


async def test_an_error_goes_to_whoever_runs_the_batch() -> None:
    batches = InFlight()

    async def handler() -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await batches.run(handler())
    await batches.finish()


async def test_an_error_while_partitions_are_given_up_goes_there_too() -> None:
    batches = InFlight()

    async def handler() -> None:
        await asyncio.sleep(0.01)
        raise RuntimeError("broken")

    running = asyncio.ensure_future(batches.run(handler()))
    await asyncio.sleep(0)
    await batches.finish()
    with pytest.raises(RuntimeError, match="broken"):
        await running


async def test_who_is_cancelled_takes_the_batch_along() -> None:
    batches, ended = InFlight(), []

    async def handler() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    running = asyncio.ensure_future(batches.run(handler()))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await batches.finish()
    assert ended == [True], "nothing of it runs any more once partitions are given up"
