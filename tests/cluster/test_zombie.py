"""A worker that is paused past its session, in the middle of a batch, and then goes on as if nothing had happened."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agents.stamped_table import StampedRow
from tests.contract.stages import Bench, add_counter, counts, numbered, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]

ROOT = Path(__file__).parents[2]


class Child:
    """A worker in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def until_it_says(self, line: str) -> None:
        """Wait for its next line of this content."""
        assert self._process.stdout is not None
        lines: list[bytes] = []
        try:
            async with asyncio.timeout(40):
                while (said := await self._process.stdout.readline()) != line.encode() + b"\n":
                    assert said, "it has ended"
                    lines.append(said)
        except TimeoutError:
            pytest.fail(f"it did not say {line!r}, but: {b''.join(lines).decode()}")

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)


@asynccontextmanager
async def child(bench: Bench) -> AsyncIterator[Child]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("stage_child.py")),
        *(str(bench.folder), bench.kafka, bench.topic, bench.group),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield Child(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def rows_that_went_back(bench: Bench) -> int:
    """Changes on the changelog whose stamp is below that of an earlier change of the same row."""
    changelog, found = f"{bench.group}-counts-changelog", 0
    for partition in (0, 1):
        latest: dict[bytes, tuple[int, int]] = {}
        for record in await bench.log.read(changelog, partition, 0, 10_000):
            key, stamp = record.key or b"", StampedRow.decode(record.value or b"").stamp
            found += stamp < latest.get(key, (0, 0))
            latest[key] = max(stamp, latest.get(key, (0, 0)))
    return found


async def counted(bench: Bench, member: str, total: int) -> dict[bytes, int]:
    """The table of a member that is alone, once ``total`` records are counted."""
    app = bench.stage(member)
    table = add_counter(app, bench.topic)
    async with running(app):
        await bench.until_committed(total)
        return counts(table)


async def test_a_zombie_changes_nothing(bench: Bench) -> None:
    await bench.send(numbered(200))
    async with child(bench) as zombie:
        for _ in range(3):
            await zombie.until_it_says("writes")
        zombie.signal(signal.SIGSTOP)
        successor = bench.stage("successor")
        add_counter(successor, bench.topic)
        async with running(successor):
            await bench.send(numbered(200, first=200))
            await bench.until_committed(400)
            zombie.signal(signal.SIGCONT)
            await zombie.until_it_says("wrote")
            await bench.send(numbered(200, first=400))
            await bench.until_committed(600)
        # Alone again, the zombie takes the successor's partitions back.
        await bench.send(numbered(100, first=600))
        await bench.until_committed(700)
    assert await rows_that_went_back(bench) > 0, "the zombie wrote; otherwise this test shows nothing"
    expected = {b"k%d" % key: 140 for key in range(5)}
    for member in ("successor", "zombie"):
        assert await counted(bench, member, 700) == expected
    shutil.rmtree(bench.folder / "successor" / "state")
    assert await counted(bench, "successor", 700) == expected, "from the changelog alone"
