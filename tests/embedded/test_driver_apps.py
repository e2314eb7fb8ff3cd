"""Stock Faust apps on the embedded log: consuming, producing, committing."""

import asyncio
from pathlib import Path
from typing import Any

import faust
import pytest
from faust.exceptions import ImproperlyConfigured
from open_logs import read_all
from running_apps import RAW, committed, make_app, numbered, running, shared_log, until, until_committed

from agents.raw_schema import RawSchema
from embedded.log import LogFull, TopicConfig
from stores.errors import StoreRejected
from stores.ports import LogRecord


async def test_an_app_echoes_what_it_reads(tmp_path: Path) -> None:
    app = make_app(tmp_path, "echo")
    source, target = app.topic("source", **RAW), app.topic("target", partitions=3, **RAW)

    @app.agent(source)
    async def echo(stream: Any) -> None:
        async for event in stream.events():
            await event.forward(target, headers=event.message.headers, timestamp=event.message.timestamp + 1)

    async with shared_log(tmp_path) as log, running(app):
        await target.declare()
        sent = await source.send(key=b"key", value=b"value", headers={"name": b"content"}, timestamp=1000.0)
        assert (await sent).offset == 0
        assert log.partitions("source") == 2
        assert log.partitions("target") == 3
        partition = log.partition_for("target", b"key")
        await log.wait_for_data({("target", partition): 0})
        [record] = await log.read("target", partition, 0)
        assert record[1:] == (1001.0, b"key", b"value", [("name", b"content")])


async def test_an_unchanged_app_with_all_defaults(tmp_path: Path) -> None:
    app = faust.App(
        "defaults", broker=f"embedded://{tmp_path}/log", datadir=tmp_path / "data", web_enabled=False
    )
    topic = app.topic("numbers", value_type=int)
    table = app.Table("sums", default=int)

    @app.agent(topic)
    async def add(numbers: Any) -> Any:
        async for number in numbers:
            table["sum"] += number
            yield table["sum"]

    async with running(app):
        assert [await add.ask(number) for number in (1, 2, 3)] == [1, 3, 6]


async def test_nothing_is_lost_over_restarts(tmp_path: Path) -> None:
    """Each run stops somewhere in the middle; together they see every record, in the order of each partition."""
    seen: list[tuple[int, int]] = []
    async with shared_log(tmp_path) as log:
        log.create_topic("source", 2)
        await log.send("source", numbered(400))
        runs = 0
        while await committed(log, "reader", "source") < 400:
            runs += 1
            app = make_app(tmp_path, "reader")
            begun = len(seen)

            @app.agent(app.topic("source", **RAW))
            async def read(stream: Any, begun: int = begun) -> None:
                async for event in stream.events():
                    seen.append((event.message.partition, event.message.offset))
                    if len(seen) == begun + 90:
                        await asyncio.sleep(3600)

            async with running(app):
                await until(lambda begun=begun: len(seen) == begun + 90 or len(set(seen)) == 400)
        assert runs > 2
    offsets = {partition: [o for p, o in seen if p == partition] for partition in (0, 1)}
    assert sum(len(set(of)) for of in offsets.values()) == 400
    for of in offsets.values():
        assert list(dict.fromkeys(of)) == sorted(set(of))


async def test_two_apps_share_a_log(tmp_path: Path) -> None:
    first, second = make_app(tmp_path, "first"), make_app(tmp_path, "second")
    seen: list[bytes] = []

    @first.agent(first.topic("source", **RAW))
    async def forward(stream: Any) -> None:
        async for event in stream.events():
            await event.forward(first.topic("between", **RAW))

    for number, app in enumerate((second, first)):

        @app.agent(app.topic("between", **RAW), name=f"collect-{number}")
        async def collect(stream: Any) -> None:
            async for value in stream:
                seen.append(value)

    async with shared_log(tmp_path) as log:
        log.create_topic("source", 2)
        await log.send("source", numbered(300))
        async with running(first, second):
            await until(lambda: len(seen) == 600)
            await until_committed(log, "first", "source", 300)
            await until_committed(log, "second", "between", 300)
    assert sorted(seen, key=int) == sorted([record.value for record in numbered(300)] * 2, key=int)


async def test_commits_never_pass_an_unfinished_record(tmp_path: Path) -> None:
    app = make_app(tmp_path, "concurrent", topic_partitions=1)
    release = asyncio.Event()
    done: set[int] = set()

    @app.agent(app.topic("source", **RAW), concurrency=3)
    async def work(stream: Any) -> None:
        async for event in stream.events():
            if event.message.offset == 5:
                await release.wait()
            done.add(event.message.offset)

    async with shared_log(tmp_path) as log:
        log.create_topic("source", 1)
        await log.send("source", numbered(50))
        async with running(app):
            await until(lambda: len(done) == 49)
            await until_committed(log, "concurrent", "source", 5)
            await asyncio.sleep(0.15)
            assert await committed(log, "concurrent", "source") == 5
            release.set()
            await until_committed(log, "concurrent", "source", 50)


async def test_small_buffers_and_a_slow_agent(tmp_path: Path) -> None:
    app = make_app(tmp_path, "slow", stream_buffer_maxsize=8)
    seen: list[tuple[int, int]] = []
    most = 0

    @app.agent(app.topic("source", **RAW))
    async def work(stream: Any) -> None:
        nonlocal most
        async for event in stream.events():
            seen.append((event.message.partition, event.message.offset))
            most = max(most, stream.channel.queue.qsize())
            if len(seen) % 10 == 0:
                await asyncio.sleep(0.001)

    async with shared_log(tmp_path) as log:
        log.create_topic("source", 2)
        await log.send("source", numbered(500))
        async with running(app):
            await until_committed(log, "slow", "source", 500)
    assert len(seen) == len(set(seen)) == 500
    assert most <= 8


async def test_a_topic_added_at_run_time(tmp_path: Path) -> None:
    app = make_app(tmp_path, "growing")
    seen: dict[str, list[bytes]] = {"early": [], "late": []}

    def add_agent(name: str) -> Any:
        @app.agent(app.topic(name, **RAW), name=name)
        async def collect(stream: Any) -> None:
            async for value in stream:
                seen[name].append(value)

        return collect

    add_agent("early")
    async with shared_log(tmp_path) as log:
        for name in seen:
            log.create_topic(name, 2)
            await log.send(name, numbered(100))
        async with running(app):
            await until(lambda: len(seen["early"]) >= 100)
            await add_agent("late").maybe_start()
            await until(lambda: len(seen["late"]) >= 100)
            await log.send("early", numbered(50))
            await until_committed(log, "growing", "early", 150)
            await until_committed(log, "growing", "late", 100)
    assert sorted(set(seen["late"]), key=int) == [record.value for record in numbered(100)]


async def test_records_that_retention_removed_are_passed_over(tmp_path: Path) -> None:
    seen: list[int] = []
    async with shared_log(tmp_path) as log:
        log.create_topic("source", 1, TopicConfig(retention_bytes=30_000))
        for run in range(2):
            app = make_app(tmp_path, "late")

            @app.agent(app.topic("source", **RAW))
            async def collect(stream: Any) -> None:
                async for event in stream.events():
                    seen.append(event.message.offset)

            async with running(app):
                await log.send("source", [LogRecord(b"k", b"x" * 100, [])] * 5)
                await until(lambda run=run: seen and seen[-1] == 4 + 1005 * run)
                await until_committed(log, "late", "source", 5 + 1005 * run)
            if run == 0:
                for _ in range(10):
                    await log.send("source", [LogRecord(b"k", b"x" * 100, [])] * 100)
                # For its size alone nothing goes that the group has not consumed, so it seems to have for the while.
                await log.commit("late", {("source", 0): 1005})
                await log.maintain()
                await log.commit("late", {("source", 0): 5})
                start = log.bounds("source", 0)[0]
                assert start > 5
    assert seen == [*range(5), *range(start, 1010)]


async def test_a_group_has_one_member(tmp_path: Path) -> None:
    async with running(make_app(tmp_path, "same")):
        twin = make_app(tmp_path, "same")
        with pytest.raises(StoreRejected, match="group same has a member already"):
            await twin.start()
        await twin.stop()
    async with running(make_app(tmp_path, "same")):
        pass


async def test_a_send_that_failed_stops_the_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def make() -> faust.App:
        app = make_app(tmp_path, "unlucky")

        @app.agent(app.topic("source", **RAW))
        async def forward(stream: Any) -> None:
            async for event in stream.events():
                await event.forward(app.topic("target", **RAW))

        return app

    async with shared_log(tmp_path) as log:
        for topic in ("source", "target"):
            log.create_topic(topic, 1)
        app = make()
        append = type(log).append

        def refuse(self: Any, topic: str, *arguments: Any) -> Any:
            if topic != "target":
                return append(self, topic, *arguments)
            refused: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            refused.set_exception(LogFull("no room"))
            return refused

        with monkeypatch.context() as patch:
            patch.setattr(type(log), "append", refuse)
            async with running(app):
                await log.send("source", numbered(10))
                await until(lambda: app.crashed)
        assert await committed(log, "unlucky", "source") == 0
        async with running(make()):
            await until_committed(log, "unlucky", "source", 10)
        assert [record.value for record in await read_all(log, "target")] == [r.value for r in numbered(10)]


async def test_a_raw_schema_changes_nothing_but_the_cost(tmp_path: Path) -> None:
    app = make_app(tmp_path, "raw")
    seen: dict[str, list[Any]] = {"raw": [], "codec": []}
    for name, topic in (
        ("raw", app.topic("source", schema=RawSchema())),
        ("codec", app.topic("source", **RAW)),
    ):

        @app.agent(topic, name=name)
        async def collect(stream: Any, name: str = name) -> None:
            async for event in stream.events():
                seen[name].append((event.key, event.value, event.headers))

    async with shared_log(tmp_path) as log, running(app):
        await log.send(
            "source", [*numbered(20), LogRecord(b"k", b"", [("a", b"b")]), LogRecord(b"k", None, [])]
        )
        await until_committed(log, "raw", "source", 22)
    assert len(seen["raw"]) == 22
    assert seen["raw"] == seen["codec"]


async def test_sending_batches(tmp_path: Path) -> None:
    app = make_app(tmp_path, "batches")
    async with shared_log(tmp_path) as log, running(app):
        last = await app.producer.send_many("target", numbered(100))
        assert {partition: end - 1 for partition, (_, end) in (await log.offsets("target")).items()} == last
        assert await app.producer.send_many("target", numbered(5), partition=1) == {1: last[1] + 5}
        assert await app.producer.send_many("target", []) == {}
        assert app.producer.key_partition("target", b"k1").partition == log.partition_for("target", b"k1")
        with pytest.raises(StoreRejected):
            await app.producer.send_many("target", numbered(5), partition=2)


async def test_flushing_means_that_all_is_durable(tmp_path: Path) -> None:
    app = make_app(tmp_path, "flushing")
    topic = app.topic("target", **RAW)
    async with shared_log(tmp_path) as log, running(app):
        for record in numbered(2500):
            topic.send_soon(key=record.key, value=record.value)
        await app.producer.flush()
        found = [record for partition in (0, 1) for record in await read_all(log, "target", partition)]
    assert sorted(int(record.value or b"") for record in found) == list(range(2500))
    for key in {record.key for record in found}:
        of_key = [int(record.value or b"") for record in found if record.key == key]
        assert of_key == sorted(of_key)


def test_what_the_log_cannot_do_is_refused(tmp_path: Path) -> None:
    for options in (
        {"processing_guarantee": "exactly_once"},
        {"producer_threaded": True},
        {"broker": "embedded://"},
    ):
        with pytest.raises(ImproperlyConfigured):
            _ = make_app(tmp_path, "refused", **options).transport
