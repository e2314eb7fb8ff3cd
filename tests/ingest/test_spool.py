"""The spool: nothing acknowledged is lost while the log is away, and nobody waits for it in vain."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from edge_server import FlakyLog, run_log

from embedded.log import LogLocked
from ingest.spool import TOPICS, Spool, adopt
from ingest.spooling import SpoolingLog
from stores.errors import StoreRejected, StoreUnavailable
from stores.ports import LogRecord, LogWriter

EVENTS = TOPICS[0]
MIB = 1 << 20
RETRY = 0.02


def events(*values: str, size: int = 0) -> list[LogRecord]:
    return [LogRecord(value.encode(), value.encode() + bytes(size), [("h", b"1")]) for value in values]


@asynccontextmanager
async def spooling(
    target: LogWriter, *spools: Spool, patience: float = 5.0, drains: bool = True
) -> AsyncIterator[SpoolingLog]:
    log = SpoolingLog(target, spools, patience, RETRY)
    drainer = asyncio.create_task(log.run()) if drains else None
    try:
        yield log
    finally:
        if drainer is not None:
            drainer.cancel()
            with suppress(asyncio.CancelledError):
                await drainer
        await log.close()


async def until_drained(log: SpoolingLog) -> None:
    async with asyncio.timeout(30):
        while log.waiting or log.is_away:
            await asyncio.sleep(0.005)


async def keys(log: FlakyLog, topic: str = EVENTS) -> list[str]:
    return [(record.key or b"").decode() for record in await log.records(topic)]


async def test_what_was_spooled_is_drained_in_order(tmp_path: Path) -> None:
    async with (
        run_log(tmp_path / "log") as target,
        spooling(target, await Spool.open(tmp_path / "0", 64 * MIB)) as log,
    ):
        await log.send(EVENTS, events("before"))
        target.failure = StoreUnavailable("away")
        for number in range(50):
            await log.send(EVENTS, events(f"{number}a", f"{number}b"))
        await log.send(TOPICS[1], events("outcome"))
        assert log.is_away
        assert log.waiting == 101
        assert await keys(target) == ["before"]
        target.failure = None
        await until_drained(log)
        expected = [f"{number}{letter}" for number in range(50) for letter in "ab"]
        assert await keys(target) == ["before", *expected]
        assert await keys(target, TOPICS[1]) == ["outcome"]
        [first, *_] = await target.records(EVENTS)
        assert first.headers == [("h", b"1")]


async def test_it_drains_after_a_restart_and_not_twice(tmp_path: Path) -> None:
    async with run_log(tmp_path / "log") as target:
        target.failure = StoreUnavailable("away")
        async with spooling(target, await Spool.open(tmp_path / "0", 64 * MIB)) as log:
            await log.send(EVENTS, events("a", "b"))
        target.failure = None
        for _ in range(2):
            async with spooling(target, await Spool.open(tmp_path / "0", 64 * MIB)) as log:
                await until_drained(log)
                await log.send(EVENTS, events("later"))
        assert await keys(target) == ["a", "b", "later", "later"]


async def test_a_full_spool_refuses_and_takes_again_when_drained(tmp_path: Path) -> None:
    async with (
        run_log(tmp_path / "log") as target,
        spooling(target, await Spool.open(tmp_path / "0", MIB)) as log,
    ):
        target.failure = StoreUnavailable("away")
        sent = 0
        with pytest.raises(StoreUnavailable, match="full"):
            while True:
                await log.send(EVENTS, events(str(sent), size=20_000))
                sent += 1
        assert 35 < sent < 53
        size = sum(file.stat().st_size for file in (tmp_path / "0").rglob("*.log"))
        assert size <= MIB
        target.failure = None
        await until_drained(log)
        assert await keys(target) == [str(number) for number in range(sent)]
        target.failure = StoreUnavailable("away again")
        await log.send(EVENTS, events("again", size=20_000))
        for number in range(sent - 10):
            await log.send(EVENTS, events(f"again {number}", size=20_000))


class HangingLog:
    """Never answers until it is told to."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.asked = 0
        self.sent: list[str] = []

    async def send(self, topic: str, records: Sequence[LogRecord]) -> None:
        self.asked += 1
        await self.answers.wait()
        self.sent += [(record.key or b"").decode() for record in records]


async def test_only_the_first_request_waits_for_a_log_that_hangs(tmp_path: Path) -> None:
    target = HangingLog()
    spool = await Spool.open(tmp_path / "0", 64 * MIB)
    async with spooling(target, spool, patience=0.05, drains=False) as log:
        for number in range(20):
            await log.send(EVENTS, events(str(number)))
        assert target.asked == 1
        assert log.waiting == 20


class GatedLog(HangingLog):
    """Answers to single records at once, to batches only when told to."""

    async def send(self, topic: str, records: Sequence[LogRecord]) -> None:
        if len(records) == 1:
            self.sent += [(records[0].key or b"").decode()]
        else:
            await super().send(topic, records)


async def test_new_records_do_not_wait_behind_spooled_ones(tmp_path: Path) -> None:
    spool = await Spool.open(tmp_path / "0", 64 * MIB)
    await spool.add(EVENTS, events("old 1", "old 2"))
    target = GatedLog()
    async with spooling(target, spool) as log:
        await log.send(EVENTS, events("new"))
        assert target.sent == ["new"]
        target.answers.set()
        await until_drained(log)
    assert target.sent == ["new", "old 1", "old 2"]


async def _filled(folder: Path, records: int) -> list[Path]:
    """Spools records of 20 kB; returns the files that hold them, oldest first."""
    spool = await Spool.open(folder, MIB)
    for number in range(records):
        await spool.add(EVENTS, events(str(number), size=20_000))
    await spool.close()
    return sorted((folder / "topics" / EVENTS).rglob("*.log"))


async def test_a_damaged_file_is_put_aside_and_the_rest_drained(tmp_path: Path) -> None:
    files = await _filled(tmp_path / "0", 20)
    damaged = files[1]
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 0xFF
    damaged.write_bytes(data)
    async with run_log(tmp_path / "log") as target:
        async with spooling(target, await Spool.open(tmp_path / "0", MIB)) as log:
            await until_drained(log)
        found = [int(key) for key in await keys(target)]
    assert found == sorted(set(found))
    assert found[0] == 0
    assert found[-1] == 19
    assert 0 < 20 - len(found) <= 3, "more is missing than one file held"
    assert list((tmp_path / "0").rglob("*.corrupt")) == [damaged.with_suffix(".corrupt")]


async def test_a_torn_tail_is_cut_off(tmp_path: Path) -> None:
    files = await _filled(tmp_path / "0", 5)
    (tmp_path / "0" / "checkpoint.json").unlink()
    with files[-1].open("ab") as file:
        file.write(files[-1].read_bytes()[:1000])
    async with run_log(tmp_path / "log") as target:
        async with spooling(target, await Spool.open(tmp_path / "0", MIB)) as log:
            await until_drained(log)
        assert await keys(target) == ["0", "1", "2", "3", "4"]


async def test_a_folder_that_cannot_be_read_is_put_aside(tmp_path: Path) -> None:
    await _filled(tmp_path / "0", 3)
    (tmp_path / "0" / "topics" / EVENTS / "topic.json").write_text("{")
    async with run_log(tmp_path / "log") as target:
        async with spooling(target, await Spool.open(tmp_path / "0", MIB)) as log:
            await log.send(EVENTS, events("new"))
        assert await keys(target) == ["new"]
    [aside] = tmp_path.glob("0.corrupt-*")
    assert list(aside.rglob("*.log"))


async def test_folders_of_processes_that_are_no_more_are_drained_and_removed(tmp_path: Path) -> None:
    for number in range(4):
        await _filled(tmp_path / str(number), 2)
    async with run_log(tmp_path / "log") as target:
        own = await Spool.open(tmp_path / "0", MIB)
        with pytest.raises(LogLocked):
            await Spool.open(tmp_path / "0", MIB)
        adopted = await adopt(tmp_path, 2, MIB)
        assert [spool.folder.name for spool in adopted] == ["2", "3"]
        async with spooling(target, own, *adopted) as log:
            await until_drained(log)
            while (tmp_path / "3").exists():
                await asyncio.sleep(0.005)
        assert await keys(target) == ["0", "1"] * 3
    assert {path.name for path in tmp_path.iterdir()} == {"0", "1", "log"}


class FussyLog(FlakyLog):
    """Refuses records of one key."""

    refuses: bytes | None = b"bad"

    async def send(self, topic: str, records: Sequence[LogRecord]) -> None:
        if any(record.key == self.refuses for record in records):
            raise StoreRejected("too large, say")
        await super().send(topic, records)


async def test_what_the_log_refuses_holds_up_nobody_and_is_kept(tmp_path: Path) -> None:
    target = FussyLog(tmp_path / "log")
    await target.start()
    try:
        spool = await Spool.open(tmp_path / "0", MIB)
        await spool.add(EVENTS, events("a", "bad", "b"))
        async with spooling(target, spool) as log:
            await until_drained(log)
            assert await keys(target) == ["a", "b"]
            assert not spool.is_empty
        target.refuses = None
        async with spooling(target, await Spool.open(tmp_path / "0", MIB)) as log:
            await until_drained(log)
            assert await keys(target) == ["a", "b", "bad"]
    finally:
        await target.close()
