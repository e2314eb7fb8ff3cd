"""Recovery goes by stamps: what a worker wrote that had lost its partitions does not win, wherever it stands."""

import asyncio
import shutil
import time

import pytest

from agents.stamped_table import StampedRow, row_of
from cluster.sender import Sender
from settings import Settings
from stores.errors import LeaseExpired
from stores.ports import LogRecord
from tests.contract.stages import Bench, add_counter, counts, numbered, running

EARLIER, LATER = (1, 10**9), (2**62, 0)


async def counted(bench: Bench, total: int) -> dict[bytes, int]:
    """The table once ``total`` records are counted."""
    app = bench.stage()
    table = add_counter(app, bench.topic)
    async with running(app):
        await bench.until_committed(total)
        return counts(table)


async def append(bench: Bench, rows: dict[bytes, bytes]) -> None:
    """Write rows behind what is on the changelog, each in the partition of its key."""
    sender = Sender(Settings(kafka=bench.kafka), "zombie")
    await sender.start()
    changelog = f"{bench.group}-counts-changelog"
    await sender.send_many(changelog, [LogRecord(key, row, []) for key, row in rows.items()])
    await sender.stop()


async def first_run(bench: Bench) -> dict[bytes, int]:
    await bench.send(numbered(100))
    return await counted(bench, 100)


def forget_state(bench: Bench) -> None:
    shutil.rmtree(bench.folder / "one" / "state")


@pytest.mark.parametrize("local", ["kept", "forgotten"])
async def test_a_row_with_a_lower_stamp_does_not_win(bench: Bench, local: str) -> None:
    before = await first_run(bench)
    await append(bench, {b"k0": StampedRow(EARLIER, b"1:3").encode()})
    if local == "forgotten":
        forget_state(bench)
    assert await counted(bench, 100) == before
    await bench.send(numbered(50, first=100))
    assert await counted(bench, 150) == {key: count + 10 for key, count in before.items()}


@pytest.mark.parametrize("local", ["kept", "forgotten"])
async def test_a_row_with_a_higher_stamp_wins(bench: Bench, local: str) -> None:
    before = await first_run(bench)
    await append(bench, {b"k0": StampedRow(LATER, b"777:999").encode()})
    if local == "forgotten":
        forget_state(bench)
    assert await counted(bench, 100) == {**before, b"k0": 777}


@pytest.mark.parametrize("local", ["kept", "forgotten"])
async def test_a_row_without_a_stamp_is_the_oldest(bench: Bench, local: str) -> None:
    before = await first_run(bench)
    await append(bench, {b"k0": b"5:5", b"k7": b"6:6"})
    if local == "forgotten":
        forget_state(bench)
    assert await counted(bench, 100) == {**before, b"k7": 6}, "it stands where there is no other"


async def test_of_rows_with_equal_stamps_the_last_wins(bench: Bench) -> None:
    before = await first_run(bench)
    for count in (b"8:1", b"9:1"):
        await append(bench, {b"k0": StampedRow(LATER, count).encode()})
    forget_state(bench)
    assert await counted(bench, 100) == {**before, b"k0": 9}


async def test_recovery_reads_what_another_owner_wrote_before_a_late_batch(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await first_run(bench)
    app = bench.stage()
    add_counter(app, bench.topic)
    with pytest.raises(AssertionError) as failed:
        async with running(app):
            await append(bench, {b"k0": StampedRow(LATER, b"777:999").encode()})
            monkeypatch.setattr(app.consumer, "lease_until", lambda: 0.0)
            await bench.send(numbered(50, first=100))
            await asyncio.wait_for(asyncio.shield(app.failure), 30)
    assert isinstance(failed.value.__cause__, LeaseExpired)
    assert (await counted(bench, 150))[b"k0"] == 777


async def test_local_state_with_a_higher_stamp_stays(bench: Bench) -> None:
    await first_run(bench)
    app = bench.stage()
    table = add_counter(app, bench.topic)
    async with running(app):
        partition = next(p for p in table.partitions() if table.get(p, b"k0"))
        database = table._table.data._db_for_partition(partition)
        database.put(b"k0", StampedRow(LATER, b"55:1").encode())
    await append(bench, {b"k0": StampedRow((int(time.time() * 1000), 10**6), b"1:1").encode()})
    assert (await counted(bench, 100))[b"k0"] == 55


def test_a_row_comes_back_from_what_is_stored() -> None:
    for row in (b"", b"row", b"\x01row"):
        stored = StampedRow((7, 9), row).encode()
        assert StampedRow.decode(stored) == ((7, 9), row)
        assert row_of(stored) == row
    assert StampedRow.decode(b"\x85old") == ((0, 0), b"\x85old")
