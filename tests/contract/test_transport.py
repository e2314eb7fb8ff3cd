"""What both of Faust's transports promise a stage: order, acknowledgement behind the work, flow control, state, rebalances."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agents.records import Incoming
from embedded.log import Log
from stores.ports import LogRecord
from tests.contract.stages import (
    Bench,
    add_agent,
    add_counter,
    counts,
    numbered,
    on_kafka,
    running,
    until,
)


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.servers)])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    if request.param == "embedded":
        log = Log.shared(tmp_path / "log", fsync=False)
        await log.start()
        found = Bench(log, tmp_path)
    else:
        found = on_kafka(request.getfixturevalue("kafka_server").addresses, tmp_path)
    await found.make_topic()
    yield found
    await found.log.close()


async def test_every_record_comes_once_and_in_order(bench: Bench) -> None:
    taken: list[list[Incoming]] = []

    async def handler(batch: list[Incoming]) -> None:
        taken.append(batch)
        await asyncio.sleep(0)

    app = bench.stage()
    add_agent(app, bench.topic, handler)
    await bench.send(numbered(600))
    async with running(app):
        await bench.send(numbered(400, first=600))
        await bench.until_committed(1000)
    records = [record for batch in taken for record in batch]
    assert len(records) == 1000
    for partition in range(2):
        offsets = [record.position.offset for record in records if record.position.partition == partition]
        assert offsets == list(range(len(offsets)))
    assert max(map(len, taken)) == 100, "what has arrived is taken at once, up to the limit"


async def test_records_are_delivered_as_they_were_sent(bench: Bench) -> None:
    sent = [
        LogRecord(b"k", b"value", [("name", b"content"), ("name", b"again"), ("empty", b"")]),
        LogRecord(b"k", None, []),
        LogRecord(b"k", b"\xff\x00 no text", []),
        LogRecord(b"k", bytes(1_500_000), []),
    ]
    taken: list[Incoming] = []

    async def handler(batch: list[Incoming]) -> None:
        taken.extend(batch)

    app = bench.stage()
    add_agent(app, bench.topic, handler)
    async with running(app):
        await bench.send(sent)
        await bench.until_committed(4)
    generation = await bench.log.generation(bench.topic)
    assert [(r.key, r.value, r.headers) for r in taken] == [(r.key, r.value or b"", r.headers) for r in sent]
    assert {record.position.generation for record in taken} == {generation}


async def test_nothing_is_committed_before_its_handler_returned(bench: Bench) -> None:
    release = asyncio.Event()
    taken: list[Incoming] = []

    async def handler(batch: list[Incoming]) -> None:
        taken.extend(batch)
        await release.wait()

    app = bench.stage()
    add_agent(app, bench.topic, handler)
    await bench.send(numbered(50))
    async with running(app):
        await until(lambda: taken)
        await asyncio.sleep(0.4)
        assert await bench.committed() == 0
        release.set()
        await bench.until_committed(50)


async def test_a_batch_that_failed_comes_again(bench: Bench) -> None:
    taken: list[int] = []
    failing = True

    async def handler(batch: list[Incoming]) -> None:
        nonlocal failing
        taken.extend(int(record.value) for record in batch)
        if failing and len(taken) > 40:
            failing = False
            raise RuntimeError("broken")

    first = bench.stage(batch_size=20)
    add_agent(first, bench.topic, handler, limit=20)
    await bench.send(numbered(100, keys=1))
    first.failure = asyncio.get_running_loop().create_future()
    await first.start()
    assert str(await asyncio.wait_for(first.failure, 30)) == "broken"
    await first.stop()
    assert await bench.committed() <= 40
    again = bench.stage()
    add_agent(again, bench.topic, handler, limit=20)
    async with running(again):
        await bench.until_committed(100)
    failed_at = taken.index(59) + 1 if 59 in taken[:60] else len(taken)
    assert taken[:failed_at] == list(range(failed_at)), "in order until it failed"
    assert taken[failed_at:] == list(range(taken[failed_at], 100)), "and from what was committed afterwards"
    assert taken[failed_at] <= 40


async def test_a_full_buffer_stops_the_flow_and_an_emptier_one_resumes_it(bench: Bench) -> None:
    taken: list[int] = []
    longest = 0

    async def handler(batch: list[Incoming]) -> None:
        nonlocal longest
        taken.extend(int(record.value) for record in batch)
        (queue,) = [channel.queue for channel in app.topics._tp_index[next(iter(app.topics._tp_index))]]
        longest = max(longest, queue.qsize())
        await asyncio.sleep(0.001)

    app = bench.stage()
    app.conf.stream_buffer_maxsize = 50
    add_agent(app, bench.topic, handler, limit=10)
    await bench.send(numbered(2000))
    async with running(app):
        await bench.until_committed(2000)
    assert sorted(taken) == list(range(2000))
    assert 0 < longest <= 50


def evenly(total: int) -> dict[bytes, int]:
    """The counts of ``total`` numbered records."""
    return {b"k%d" % key: total // 5 for key in range(5)}


async def counted(bench: Bench, total: int) -> dict[bytes, int]:
    """The table after a run up to ``total`` records."""
    app = bench.stage()
    table = add_counter(app, bench.topic)
    async with running(app):
        await bench.until_committed(total)
        return counts(table)


@pytest.mark.parametrize("state", ["kept", "deleted", "stale"])
async def test_state_survives_a_restart(bench: Bench, state: str) -> None:
    folder, old = bench.folder / "one" / "state", bench.folder / "old"
    await bench.send(numbered(200))
    assert await counted(bench, 200) == evenly(200)
    shutil.copytree(folder, old)
    await bench.send(numbered(300, first=200))
    assert await counted(bench, 500) == evenly(500)
    if state != "kept":
        shutil.rmtree(folder)
    if state == "stale":
        shutil.copytree(old, folder)
    await bench.send(numbered(100, first=500))
    assert await counted(bench, 600) == evenly(600)


@pytest.mark.parametrize("state", ["kept", "deleted"])
async def test_records_that_come_again_find_the_state_that_they_made(bench: Bench, state: str) -> None:
    await bench.send(numbered(200))
    assert await counted(bench, 200) == evenly(200)
    await bench.log.commit(bench.group, {(bench.topic, 0): 0, (bench.topic, 1): 0})
    if state == "deleted":
        shutil.rmtree(bench.folder / "one" / "state")
    assert await counted(bench, 200) == evenly(200)
