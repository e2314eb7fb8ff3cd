"""What a log promises while nothing goes wrong."""

import asyncio
from pathlib import Path

import pytest
from open_logs import open_log, read_all, records, values

from embedded.log import Log, LogLocked, TopicConfig
from stores.errors import StoreRejected, StoreUnavailable
from stores.ports import LogRecord


async def test_records_come_back_as_they_were_sent(tmp_path: Path) -> None:
    sent = [
        LogRecord(b"key", b"value", [("name", b"content"), ("name", b"again")]),
        LogRecord(None, b"", []),
        LogRecord(b"", None, [("empty", b"")]),
        LogRecord(bytes(range(256)), bytes(1_500_000), []),
    ]
    async with open_log(tmp_path, clock=lambda: 1234.5) as log:
        log.create_topic("events", 1)
        assert await log.append("events", 0, sent) == 0
        from_cache = await read_all(log, "events")
    async with open_log(tmp_path) as log:
        from_disk = await read_all(log, "events")
    assert from_cache == from_disk
    assert [LogRecord(*record[2:]) for record in from_disk] == sent
    assert [record.offset for record in from_disk] == [0, 1, 2, 3]
    assert {record.timestamp for record in from_disk} == {1234.5}


async def test_offsets_go_on_after_reopening(tmp_path: Path) -> None:
    for round_ in range(4):
        async with open_log(tmp_path) as log:
            log.create_topic("events", 2)
            assert await log.append("events", 1, records(f"a{round_}", f"b{round_}")) == 2 * round_
            assert await log.offsets("events") == {0: (0, 0), 1: (0, 2 * round_ + 2)}
            assert values(await read_all(log, "events", 1))[-2:] == [f"a{round_}", f"b{round_}"]


async def test_a_group_keeps_the_order_of_its_appends(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        log.create_topic("events", 1)
        appends = [
            log.append("events", 0, records(*(f"{n}-{i}" for i in range(n % 3 + 1)))) for n in range(500)
        ]
        first_offsets = await asyncio.gather(*appends)
        found = await read_all(log, "events")
        assert values(found) == [f"{n}-{i}" for n in range(500) for i in range(n % 3 + 1)]
        assert [found[offset].value for offset in first_offsets] == [b"%d-0" % n for n in range(500)]


async def test_records_are_visible_only_once_they_are_durable(tmp_path: Path) -> None:
    async with open_log(tmp_path, fsync=True) as log:
        log.create_topic("events", 1)
        append = log.append("events", 0, records("a"))
        assert await log.offsets("events") == {0: (0, 0)}
        assert await log.read("events", 0, 0) == []
        await append
        assert await log.offsets("events") == {0: (0, 1)}


async def test_reading_from_any_offset_across_segments(tmp_path: Path) -> None:
    async with open_log(tmp_path, segment_bytes=2000) as log:
        log.create_topic("events", 1)
        for start in range(0, 200, 7):
            await log.append(
                "events", 0, records(*(f"value {n:090}" for n in range(start, min(start + 7, 200))))
            )
    assert len(list((tmp_path / "topics/events/0").iterdir())) > 5
    async with open_log(tmp_path, segment_bytes=2000) as log:
        await log.append("events", 0, records("last"))
        for offset in range(201):
            found = await log.read("events", 0, offset, 3)
            assert found and found[0].offset == offset
            assert [record.offset for record in found] == list(range(offset, offset + len(found)))
        assert await log.read("events", 0, 201) == []
        assert await log.read("events", 0, 99_999) == []


async def test_keys_decide_partitions_and_order_is_kept(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        log.create_topic("events", 3)
        sent = [LogRecord(b"%d" % (n % 10), b"%d" % n, []) for n in range(100)]
        last = await log.send_many("events", sent)
        for partition in range(3):
            found = await read_all(log, "events", partition)
            assert last[partition] == found[-1].offset
            expected = [
                record.value for record in sent if log.partition_for("events", record.key) == partition
            ]
            assert [record.value for record in found] == expected
        await log.send("events", records(*"abcdef"))
        assert sum(end for _, end in (await log.offsets("events")).values()) == 106
        assert {log.partition_for("events", None) for _ in range(3)} == {0, 1, 2}


async def test_committed_offsets_are_kept_by_group(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        log.create_topic("events", 2)
        await log.append("events", 0, records(*"abc"))
        await asyncio.gather(log.commit("one", {("events", 0): 1}), log.commit("two", {("events", 0): 3}))
        await log.commit("one", {("events", 0): 2, ("events", 1): 0})
    async with open_log(tmp_path) as log:
        assert await log.committed("one") == {("events", 0): 2, ("events", 1): 0}
        assert await log.committed("two") == {("events", 0): 3}
        assert await log.committed("three") == {}
        with pytest.raises(StoreRejected, match="does not exist"):
            await log.commit("one", {("events", 0): 4})


async def test_the_file_of_committed_offsets_does_not_grow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedded.log.offsets.REWRITE_BYTES", 500)
    async with open_log(tmp_path) as log:
        log.create_topic("events", 1)
        await log.append("events", 0, records(*map(str, range(200))))
        for offset in range(200):
            await log.commit("group", {("events", 0): offset})
    assert (tmp_path / "offsets.log").stat().st_size < 1200
    async with open_log(tmp_path) as log:
        assert await log.committed("group") == {("events", 0): 199}


async def test_offsets_of_a_topic_made_anew_are_forgotten(tmp_path: Path) -> None:
    async with open_log(tmp_path, clock=lambda: 10.0) as log:
        log.create_topic("events", 1)
        assert log.made_at("events") == 10_000
        await log.append("events", 0, records("a"))
        await log.commit("group", {("events", 0): 1})
    (tmp_path / "topics/events/topic.json").unlink()
    for segment in (tmp_path / "topics/events/0").iterdir():
        segment.unlink()
    async with open_log(tmp_path, clock=lambda: 20.0) as log:
        log.create_topic("events", 1)
        assert log.made_at("events") == 20_000
        assert await log.offsets("events") == {0: (0, 0)}
        assert await log.committed("group") == {}


async def test_topics_are_made_once(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        log.create_topic("events", 2, TopicConfig(retention=60.0))
        log.create_topic("events", 2)
        with pytest.raises(StoreRejected, match="2 partitions, not 3"):
            log.create_topic("events", 3)
        for name in ("", ".", "..", "a/b", "ä", "x" * 250):
            with pytest.raises(StoreRejected, match="cannot be a topic"):
                log.create_topic(name, 1)
        with pytest.raises(StoreRejected, match="at least one"):
            log.create_topic("none", 0)
        assert await log.topics() == ["events"]
        assert await log.offsets("unknown") == {}
        with pytest.raises(StoreRejected, match="no topic unknown"):
            await log.send("unknown", records("a"))
        with pytest.raises(StoreRejected, match="none with number 2"):
            await log.read("events", 2, 0)


@pytest.mark.parametrize(
    "record",
    [
        LogRecord("text", b"", []),  # type: ignore[arg-type]
        LogRecord(b"", "text", []),  # type: ignore[arg-type]
        LogRecord(b"", bytearray(b"x"), []),
        LogRecord(b"", b"", [("name", "text")]),  # type: ignore[list-item]
        LogRecord(b"", b"", [(b"name", b"")]),  # type: ignore[list-item]
    ],
)
async def test_what_could_not_be_read_back_is_refused(tmp_path: Path, record: LogRecord) -> None:
    async with open_log(tmp_path) as log:
        log.create_topic("events", 1)
        with pytest.raises(StoreRejected):
            await log.send("events", [record])
        await log.send("events", records("good"))
        assert values(await read_all(log, "events")) == ["good"]


async def test_waiting_for_data(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        log.create_topic("events", 2)
        waiting = asyncio.create_task(log.wait_for_data({("events", 0): 0, ("events", 1): 0}))
        await asyncio.sleep(0)
        assert not waiting.done()
        await log.append("events", 1, records("a"))
        await waiting
        await log.wait_for_data({("events", 0): 0, ("events", 1): 0})


async def test_a_second_opener_is_told_who_has_the_log(tmp_path: Path) -> None:
    async with open_log(tmp_path):
        with pytest.raises(LogLocked, match=r"in use by the process with pid \d+"):
            Log.open(tmp_path)
    async with open_log(tmp_path):
        pass


async def test_users_in_one_process_share_a_log(tmp_path: Path) -> None:
    one = Log.shared(tmp_path, fsync=False)
    two = Log.shared(tmp_path)
    assert one is two
    await one.start()
    await two.start()
    await one.close()
    two.create_topic("events", 1)
    await two.append("events", 0, records("still open"))
    await two.close()
    three = Log.shared(tmp_path)
    assert three is not one
    await three.start()
    assert values(await read_all(three, "events")) == ["still open"]
    await three.close()


async def test_read_only_beside_a_writer(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="no log"):
        Log.open(tmp_path / "nothing", read_only=True)
    async with open_log(tmp_path) as log:
        log.create_topic("events", 1)
        await log.append("events", 0, records(*"abc"))
        await log.commit("group", {("events", 0): 2})
        reader = Log.open(tmp_path, read_only=True)
        await reader.start()
        await log.append("events", 0, records("later"))
        assert values(await read_all(reader, "events")) == ["a", "b", "c"]
        assert await reader.committed("group") == {("events", 0): 2}
        with pytest.raises(StoreUnavailable, match="read-only"):
            reader.append("events", 0, records("x"))
        await reader.close()
        assert values(await read_all(log, "events")) == ["a", "b", "c", "later"]


async def test_the_cache_is_bounded_over_all_partitions(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        log._topics.budget._limit = 1000
        log.create_topic("events", 2)
        for n in range(20):
            await log.append("events", n % 2, records(f"{n:0100}"))
        assert log.read_cached("events", 0, 0, 100) is None
        cached = sum(len(log.read_cached("events", p, 10 - 5, 100) or []) for p in (0, 1))
        assert cached == 10
        assert [int(record.value or b"") for record in await read_all(log, "events", 1)] == list(
            range(1, 20, 2)
        )
