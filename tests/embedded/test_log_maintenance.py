"""Retention and compaction."""

import asyncio
import os
import random
from pathlib import Path

import pytest
from open_logs import keyed, open_log, read_all, records, values
from structlog.testing import capture_logs

import metrics
from embedded.log import Log, TopicConfig
from embedded.log.compaction import TOMBSTONE_RETENTION
from stores.ports import LogRecord


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


async def test_time_retention_empties_an_idle_topic(tmp_path: Path) -> None:
    clock = Clock()
    async with open_log(tmp_path, clock=clock, segment_bytes=1000) as log:
        log.create_topic("events", 1, TopicConfig(retention=800.0))
        for n in range(30):
            await log.append("events", 0, records(f"{n:0100}"))
            clock.now += 10
        await log.maintain()
        assert await log.offsets("events") == {0: (0, 30)}
        clock.now += 600
        await log.maintain()
        start, end = (await log.offsets("events"))[0]
        assert 0 < start < 20
        assert end == 30
        assert (await log.read("events", 0, 0))[0].offset == start
        clock.now += 300
        await log.maintain()
        assert await log.offsets("events") == {0: (30, 30)}
        assert await log.append("events", 0, records("next")) == 30
    async with open_log(tmp_path, clock=clock) as log:
        assert await log.offsets("events") == {0: (30, 31)}
        assert values(await read_all(log, "events")) == ["next"]


async def test_an_emptied_topic_keeps_its_offsets_over_a_restart(tmp_path: Path) -> None:
    clock = Clock()
    async with open_log(tmp_path, clock=clock) as log:
        log.create_topic("events", 1, TopicConfig(retention=100.0))
        await log.append("events", 0, records(*"abc"))
        clock.now += 1000
        await log.maintain()
    for _ in range(2):
        async with open_log(tmp_path, clock=clock) as log:
            assert await log.offsets("events") == {0: (3, 3)}
            assert await log.read("events", 0, 0) == []


async def test_size_retention_drops_the_oldest(tmp_path: Path) -> None:
    async with open_log(tmp_path, segment_bytes=2000) as log:
        log.create_topic("events", 1, TopicConfig(retention=None, retention_bytes=7000))
        log.create_topic("kept", 1, TopicConfig(delete=False, retention_bytes=1))
        for n in range(200):
            await log.append("events", 0, records(f"{n:0100}"))
            await log.append("kept", 0, records(f"{n:0100}"))
        await log.maintain()
        sizes = [path.stat().st_size for path in (tmp_path / "topics/events/0").iterdir()]
        assert 5000 < sum(sizes) <= 7000
        assert await log.offsets("kept") == {0: (0, 200)}
        assert metrics.LOG_BYTES.labels("events")._value.get() == sum(sizes)


async def test_size_retention_waits_for_every_group(tmp_path: Path) -> None:
    async with open_log(tmp_path, segment_bytes=2000) as log:
        log.create_topic("events", 1, TopicConfig(retention=None, retention_bytes=7000))
        for n in range(200):
            await log.append("events", 0, records(f"{n:0100}"))
        await log.commit("slow", {("events", 0): 3})
        await log.commit("quick", {("events", 0): 200})
        await log.maintain()
        assert await log.offsets("events") == {0: (0, 200)}
        await log.commit("slow", {("events", 0): 60})
        await log.maintain()
        start, _ = (await log.offsets("events"))[0]
        assert 3 < start <= 60


async def test_age_retention_says_when_it_overtakes_a_group(tmp_path: Path) -> None:
    clock = Clock()
    async with open_log(tmp_path, clock=clock, segment_bytes=2000) as log:
        log.create_topic("events", 1, TopicConfig(retention=100.0))
        for n in range(50):
            await log.append("events", 0, records(f"{n:0100}"))
        await log.commit("slow", {("events", 0): 3})
        clock.now += 1000
        with capture_logs() as logs:
            await log.maintain()
    start = next(entry for entry in logs if entry["event"] == "log_retention")["start"]
    [overtook] = [entry for entry in logs if entry["event"] == "log_retention_overtook_consumer"]
    assert (overtook["group"], overtook["records"]) == ("slow", start - 3)


async def test_compaction_keeps_the_latest_of_each_key(tmp_path: Path) -> None:
    random_ = random.Random(7)
    async with open_log(tmp_path, segment_bytes=8000) as log:
        log.create_topic("table", 1, TopicConfig(compact=True, delete=False))
        latest: dict[str, str | None] = {}
        for n in range(400):
            key = f"k{random_.randrange(30)}"
            latest[key] = None if n % 11 == 0 else f"{n:050}"
            await log.append("table", 0, keyed([(key, latest[key])]))
            if n % 60 == 59:
                await log.maintain()
    async with open_log(tmp_path) as log:
        found = await read_all(log, "table", limit=7)
        assert len(found) < 150
        assert [record.offset for record in found] == sorted({record.offset for record in found})
        assert {(r.key or b"").decode(): r.value and r.value.decode() for r in found} == latest
        assert found[-1].offset == 399


async def test_tombstones_go_after_a_while_but_never_the_last_record(tmp_path: Path) -> None:
    clock = Clock()
    async with open_log(tmp_path, clock=clock, segment_bytes=800) as log:
        log.create_topic("table", 1, TopicConfig(compact=True, delete=False))
        await log.append(
            "table", 0, [*keyed([("a", "1"), ("b", "2"), ("a", None)]), LogRecord(None, b"no key", [])]
        )
        await log.append("table", 0, keyed([("x", "x" * 300)]))
        await log.append("table", 0, keyed([("x", "y" * 300)]))
        await log.maintain()
    async with open_log(tmp_path, clock=clock, segment_bytes=800) as log:
        found = await read_all(log, "table")
        assert [(r.key, r.value) for r in found][:3] == [(b"b", b"2"), (b"a", None), (None, b"no key")]
        clock.now += TOMBSTONE_RETENTION + 1
        await log.append("table", 0, keyed([("x", "z" * 300)]))
        await log.append("table", 0, keyed([("last", None)]))
        await log.append("table", 0, keyed([("x", "w" * 300)]))
        await log.maintain()
    async with open_log(tmp_path, clock=clock, segment_bytes=800) as log:
        found = await read_all(log, "table")
        assert [r.offset for r in found if r.key in {b"a", b"b", None}] == [1, 3]
        assert found[-1].offset == (await log.offsets("table"))[0][1] - 1


async def test_readers_go_on_through_compaction(tmp_path: Path) -> None:
    async with open_log(tmp_path, segment_bytes=40_000) as log:
        log.create_topic("table", 1, TopicConfig(compact=True, delete=False))
        for n in range(300):
            await log.append("table", 0, keyed([(f"k{n % 20}", f"{n:0200}")]))
        log._topics.budget._limit = 0
        log._topics.budget.added(log._topics.partition("table", 0).cache, 0, 0)

        async def read_again_and_again() -> None:
            for _ in range(30):
                offset = -1
                for record in await read_all(log, "table", limit=3):
                    assert record.offset > offset
                    assert int(record.value or b"") == record.offset
                    offset = record.offset
                assert offset == 299

        await asyncio.gather(read_again_and_again(), log.maintain(), read_again_and_again())


async def test_a_crash_between_compaction_and_removal_is_mended(tmp_path: Path) -> None:
    folder = tmp_path / "topics/table/0"
    async with open_log(tmp_path, segment_bytes=4000) as log:
        log.create_topic("table", 1, TopicConfig(compact=True, delete=False))
        for n in range(60):
            await log.append("table", 0, keyed([(f"k{n % 5}", f"{n:050}")]))
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        await log.maintain()
    async with open_log(tmp_path) as log:
        found = await read_all(log, "table")
        assert len(found) < 60
    for name, content in before.items():
        if not (folder / name).exists():
            (folder / name).write_bytes(content)
    (folder / f"{0:020}.9.tmp").write_bytes(b"unfinished")
    reader = Log.open(tmp_path, read_only=True)
    await reader.start()
    assert await read_all(reader, "table") == found
    await reader.close()
    async with open_log(tmp_path) as log:
        assert await read_all(log, "table") == found
    assert not list(folder.glob("*.tmp"))
    assert len(list(folder.iterdir())) < len(before)


async def test_compaction_without_room_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_log(tmp_path, segment_bytes=4000) as log:
        log.create_topic("table", 1, TopicConfig(compact=True, delete=False))
        for n in range(60):
            await log.append("table", 0, keyed([(f"k{n % 5}", f"{n:050}")]))

        def no_room(*_: object) -> None:
            raise OSError(28, os.strerror(28))

        with monkeypatch.context() as patch, capture_logs() as logs:
            patch.setattr("embedded.log.compaction.write_all", no_room)
            await log.maintain()
        assert [entry["event"] for entry in logs] == ["log_maintenance_failed"]
        assert len(await read_all(log, "table")) == 60
        assert not list((tmp_path / "topics/table/0").glob("*.tmp"))
        await log.maintain()
    async with open_log(tmp_path) as log:
        assert len(await read_all(log, "table")) < 60


async def test_maintenance_runs_by_itself(tmp_path: Path) -> None:
    async with open_log(tmp_path, segment_bytes=1000, maintenance_interval=0.01) as log:
        log.create_topic("events", 1, TopicConfig(retention_bytes=1500))
        for n in range(50):
            await log.append("events", 0, records(f"{n:0100}"))
        while (await log.offsets("events"))[0][0] == 0:
            await asyncio.sleep(0.01)
    assert (tmp_path / "checkpoint.json").exists()
