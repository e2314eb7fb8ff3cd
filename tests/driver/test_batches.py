"""The batch loop keeps Faust's promises: order, acks behind the work, gaps, flow control, rebalance in mid-batch."""

import asyncio
from pathlib import Path

import faust
import pytest

from agents.batches import Linger, run_batches
from agents.raw_schema import RawSchema
from agents.records import Incoming
from agents.stage import StageApp, StageConfig
from settings import Settings
from stores.ports import LogRecord
from tests.embedded.running_apps import committed, running, shared_log, until, until_committed


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


async def test_each_partition_comes_in_order_and_all_is_committed(tmp_path):
    app = make_stage(tmp_path)
    taken: list[list[Incoming]] = []

    async def handler(batch):
        taken.append(batch)
        await asyncio.sleep(0)

    add_agent(app, handler)
    async with shared_log(tmp_path) as log:
        log.create_topic("source", 2)
        await log.send("source", numbered(1000))
        async with running(app):
            await until_committed(log, "batches", "source", 1000)
    records = [record for batch in taken for record in batch]
    assert len(records) == 1000
    for partition in (0, 1):
        offsets = [record.position.offset for record in records if record.position.partition == partition]
        assert offsets == sorted(offsets) == list(range(len(offsets)))
    assert max(map(len, taken)) == 100, "what has arrived is taken at once, up to the limit"


async def test_nothing_is_committed_before_its_handler_returned(tmp_path):
    app = make_stage(tmp_path)
    release = asyncio.Event()
    taken = []

    async def handler(batch):
        taken.extend(batch)
        await release.wait()

    add_agent(app, handler)
    async with shared_log(tmp_path) as log:
        log.create_topic("source", 2)
        await log.send("source", numbered(50))
        async with running(app):
            await until(lambda: taken)
            await asyncio.sleep(0.2)
            assert await committed(log, "batches", "source") == 0
            release.set()
            await until_committed(log, "batches", "source", 50)


async def test_a_failing_handler_acks_nothing_and_fails_the_stage(tmp_path):
    app = make_stage(tmp_path)
    app.failure = asyncio.get_running_loop().create_future()

    async def handler(batch):
        raise RuntimeError("broken")

    add_agent(app, handler)
    async with shared_log(tmp_path) as log:
        log.create_topic("source", 2)
        await log.send("source", numbered(50))
        await app.start()
        assert str(await asyncio.wait_for(app.failure, 10)) == "broken"
        await app.stop()
        assert await committed(log, "batches", "source") == 0


async def test_a_full_buffer_stops_the_flow_and_an_emptier_one_resumes_it(tmp_path):
    app = make_stage(tmp_path, batch_size=10)
    app.conf.stream_buffer_maxsize = 50
    taken = []

    async def handler(batch):
        taken.extend(batch)
        await asyncio.sleep(0.001)

    add_agent(app, handler, limit=10)
    async with shared_log(tmp_path) as log:
        log.create_topic("source", 2)
        await log.send("source", numbered(2000))
        async with running(app):
            await until_committed(log, "batches", "source", 2000)
    assert len(taken) == 2000


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
