"""The batch loop where the transports do not matter; what it keeps on both is in ``tests/contract/test_transport.py``."""

import asyncio
from pathlib import Path

import faust
import pytest

from agents.batches import Linger, run_batches
from agents.raw_schema import RawSchema
from agents.stage import StageApp, StageConfig
from settings import Settings
from stores.ports import LogRecord
from tests.embedded.running_apps import running, shared_log, until, until_committed


def make_stage(folder: Path, **settings) -> StageApp:
    given = Settings(data=folder, commit_interval=0.05, **settings)
    return StageApp(StageConfig(given, "batches", f"embedded://{folder}/log", 2))


def numbered(count: int, size: int = 1) -> list[LogRecord]:
    return [
        LogRecord(b"k%d" % (number % 5), b"%d" % number + b" " * (size - 1), []) for number in range(count)
    ]


def add_agent(
    app: faust.App, handler, limit: int = 100, linger: Linger | None = None, limit_bytes: int = 0
) -> None:
    @app.agent(app.topic("source", schema=RawSchema()), name="batches")
    async def consume(stream):
        await run_batches(stream, "batches", handler, limit, linger or Linger(0.0, 0.0), limit_bytes)


async def test_a_rebalance_in_mid_batch_loses_nothing_and_leaves_no_gap(tmp_path):
    app = make_stage(tmp_path)
    started, release = asyncio.Event(), asyncio.Event()
    taken: list[bytes] = []

    async def handler(batch):
        started.set()
        await release.wait()
        taken.extend(record.value for record in batch)

    add_agent(app, handler, limit=20)
    async with shared_log(tmp_path) as log:
        log.create_topic("source", 2)
        log.create_topic("other", 2)
        await log.send("source", numbered(200))
        async with running(app):
            await started.wait()
            generation = app.consumer_generation_id

            @app.agent(app.topic("other", schema=RawSchema()), name="other")
            async def consume_other(stream):
                await run_batches(stream, "other", handler, 20)

            await consume_other.maybe_start()
            await until(lambda: app.consumer_generation_id != generation)
            release.set()
            await until_committed(log, "batches", "source", 200)
    assert set(taken) == {record.value for record in numbered(200)}


async def test_a_batch_closes_by_size(tmp_path):
    app = make_stage(tmp_path)
    sizes = []

    async def handler(batch):
        sizes.append(sum(len(record.value) for record in batch))

    add_agent(app, handler, limit=1000, linger=Linger(0.2, 0.2), limit_bytes=5000)
    async with shared_log(tmp_path) as log:
        log.create_topic("source", 2)
        await log.send("source", numbered(40, size=1000))
        async with running(app):
            await until_committed(log, "batches", "source", 40)
    assert all(size < 5000 + 1100 for size in sizes)
    assert sum(sizes) >= 40_000


@pytest.mark.parametrize(("size", "seconds"), [(0, 0.05), (50, 0.1), (100_000, 0.5)])
def test_the_time_to_gather_grows_with_the_load(size, seconds):
    assert Linger(0.05, 0.5).after(size) == pytest.approx(seconds)
