"""Torn tails are cut, damage is named, and the disk may be full."""

import asyncio
import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from open_logs import open_log, read_all, records, values
from structlog.testing import capture_logs

from embedded.log import Log, LogCorrupt, LogFull
from embedded.log.files import write_all
from stores.errors import StoreUnavailable


def segments(folder: Path, topic: str = "events", partition: int = 0) -> list[Path]:
    return sorted((folder / "topics" / topic / str(partition)).glob("*.log"))


async def fill(folder: Path, count: int = 20, **options: Any) -> None:
    async with open_log(folder, **options) as log:
        log.create_topic("events", 1)
        for n in range(count):
            await log.append("events", 0, records(f"{n:0100}"))


async def test_a_checkpoint_of_what_the_disk_has_lost_is_not_believed_later(tmp_path: Path) -> None:
    async with open_log(tmp_path) as log:
        log.create_topic("events", 1)
        await log.append("events", 0, records("first"))
    segments(tmp_path)[0].write_bytes(b"")
    log = Log.open(tmp_path)
    await log.start()
    await log.append("events", 0, records("a record that makes the file larger than it was"))
    log.abandon()
    async with open_log(tmp_path) as log:
        assert values(await read_all(log, "events")) == ["a record that makes the file larger than it was"]


@pytest.mark.parametrize("torn", [b"\x00" * 100, b"SLG1", b"SLG1" + b"\xff" * 100, os.urandom(3000)])
async def test_a_torn_tail_is_cut_and_reported(tmp_path: Path, torn: bytes) -> None:
    await fill(tmp_path)
    with segments(tmp_path)[0].open("ab") as file:
        file.write(torn)
    with capture_logs() as logs:
        async with open_log(tmp_path) as log:
            assert await log.append("events", 0, records("after")) == 20
            assert len(await read_all(log, "events")) == 21
    [cut] = [entry for entry in logs if entry["event"] == "log_tail_cut"]
    assert cut["bytes"] == len(torn)
    assert cut["next_offset"] == 20
    async with open_log(tmp_path) as log:
        assert values(await read_all(log, "events"))[-1] == "after"


async def test_read_only_leaves_a_torn_tail_alone(tmp_path: Path) -> None:
    await fill(tmp_path)
    path = segments(tmp_path)[0]
    path.write_bytes(path.read_bytes() + b"torn")
    log = Log.open(tmp_path, read_only=True)
    await log.start()
    assert len(await read_all(log, "events")) == 20
    await log.close()
    assert path.read_bytes().endswith(b"torn")


@pytest.mark.parametrize("where", ["header", "payload"])
async def test_damage_in_a_sealed_segment_is_named(tmp_path: Path, where: str) -> None:
    await fill(tmp_path, segment_bytes=1000)
    damaged = segments(tmp_path)[1]
    content = bytearray(damaged.read_bytes())
    frame = len(content) // 2 + (50 if where == "payload" else 0)
    content[frame : frame + 20] = b"\x55" * 20
    damaged.write_bytes(content)
    async with open_log(tmp_path) as log:
        assert len(await log.read("events", 0, 0, 3)) == 3
        with pytest.raises(LogCorrupt, match=rf"{damaged.name} is damaged at byte \d+"):
            await read_all(log, "events")
        assert await log.append("events", 0, records("goes on")) == 20


async def test_damaged_metadata_is_named(tmp_path: Path) -> None:
    await fill(tmp_path)
    (tmp_path / "topics/events/topic.json").write_text("{")
    with pytest.raises(LogCorrupt, match=r"topic\.json"):
        Log.open(tmp_path)
    (tmp_path / "topics/events/topic.json").unlink()
    async with open_log(tmp_path) as log:
        assert await log.topics() == []


async def test_a_damaged_checkpoint_or_offset_file_costs_nothing_durable(tmp_path: Path) -> None:
    await fill(tmp_path)
    async with open_log(tmp_path) as log:
        await log.commit("group", {("events", 0): 5})
        await log.commit("group", {("events", 0): 6})
    (tmp_path / "checkpoint.json").write_text("nonsense")
    offsets = tmp_path / "offsets.log"
    offsets.write_bytes(offsets.read_bytes() + b"SLG1torn")
    async with open_log(tmp_path) as log:
        assert len(await read_all(log, "events")) == 20
        assert await log.committed("group") == {("events", 0): 6}
        await log.commit("group", {("events", 0): 7})
    async with open_log(tmp_path) as log:
        assert await log.committed("group") == {("events", 0): 7}


@pytest.mark.parametrize("fails_in", ["write", "sync"])
async def test_a_refused_write_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_in: str
) -> None:
    """And what was queued behind it fails as well, so that nothing overtakes it."""
    failing = False

    def short_write(fd: int, data: Any, position: int) -> None:
        if failing and fails_in == "write":
            write_all(fd, data[: len(data) // 2], position)
            raise OSError(errno.ENOSPC, "No space left on device")
        write_all(fd, data, position)

    sync = os.fdatasync

    def failing_sync(fd: int) -> None:
        if failing:
            raise OSError(errno.EIO, "Input/output error")
        sync(fd)

    monkeypatch.setattr("embedded.log.group_commit.write_all", short_write)
    monkeypatch.setattr(os, "fdatasync", failing_sync)
    async with open_log(tmp_path, fsync=True, segment_bytes=1500) as log:
        log.create_topic("events", 1)
        expected = []
        for n in range(30):
            failing = n % 3 == 1
            append = log.append("events", 0, records(f"{n:0100}"))
            await asyncio.sleep(0.005 if n % 2 else 0)
            behind = log.append("events", 0, records(f"behind {n}"))
            outcome = await asyncio.gather(append, behind, return_exceptions=True)
            failing = False
            if n % 3 == 1:
                kind = LogFull if fails_in == "write" else StoreUnavailable
                assert isinstance(outcome[0], kind), outcome
                # It was queued either with the failed one, or after its failure was known.
                if isinstance(outcome[1], int):
                    expected.append(f"behind {n}")
            else:
                expected += [f"{n:0100}", f"behind {n}"]
        assert values(await read_all(log, "events")) == expected
    async with open_log(tmp_path) as log:
        assert values(await read_all(log, "events")) == expected


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small file system takes root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    async with open_log(small_disk / "log", fsync=True, segment_bytes=100_000) as log:
        log.create_topic("events", 2)
        acknowledged: list[str] = []
        with pytest.raises(LogFull, match="free some disk space"):
            for n in range(200):
                await log.append("events", 0, records(f"{n:010000}"))
                acknowledged.append(f"{n:010000}")
        assert 30 < len(acknowledged) < 60
        with pytest.raises(LogFull):
            await log.append("events", 1, records("x" * 50_000))
        assert values(await read_all(log, "events")) == acknowledged
        segments(small_disk / "log")[0].unlink()
        kept = values(await read_all_from(log, 9))
        await log.append("events", 0, records("there is room again"))
        assert values(await read_all_from(log, 9)) == [*kept, "there is room again"]
    async with open_log(small_disk / "log") as log:
        assert values(await read_all(log, "events")) == [*acknowledged[-len(kept) :], "there is room again"]


async def read_all_from(log: Log, offset: int) -> list[Any]:
    found: list[Any] = []
    while batch := await log.read("events", 0, offset):
        found += batch
        offset = batch[-1].offset + 1
    return found


async def test_a_segment_that_somebody_removed_is_an_error(tmp_path: Path) -> None:
    await fill(tmp_path, segment_bytes=1000)
    async with open_log(tmp_path) as log:
        segments(tmp_path)[1].unlink()
        with pytest.raises(StoreUnavailable, match="is gone"):
            await read_all(log, "events")


async def test_whatever_a_write_dies_of_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    async with open_log(tmp_path) as log:
        log.create_topic("events", 1)
        with monkeypatch.context() as patch:
            patch.setattr("embedded.log.group_commit.write_all", broken)
            with pytest.raises(StoreUnavailable, match="a bug"):
                await log.append("events", 0, records("lost"))
        assert await log.append("events", 0, records("kept")) == 0
    async with open_log(tmp_path) as log:
        assert values(await read_all(log, "events")) == ["kept"]
