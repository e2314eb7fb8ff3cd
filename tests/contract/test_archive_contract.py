"""The port ``Archive``: objects are there whole or not at all, and found by what they hold."""

import asyncio
import random

import pytest
from archive_names import NAMES, listed

from stores.archive.s3 import PART_BYTES
from stores.errors import StoreRejected
from stores.ports import ArchiveName


async def test_objects_are_found_by_project_day_and_partition(archive):
    await asyncio.gather(*(archive.put(name, name.path.encode()) for name in NAMES))
    assert await listed(archive) == sorted(NAMES)
    assert await listed(archive, project=1) == sorted(n for n in NAMES if n.project == 1)
    assert await listed(archive, project=12, day="2026-02-01", partition=1) == NAMES[-2:]
    assert await listed(archive, day="2026-01-31") == sorted(n for n in NAMES if n.day == "2026-01-31")
    assert await listed(archive, partition=1) == sorted(n for n in NAMES if n.partition == 1)
    assert await listed(archive, project=2) == []
    assert await archive.get(NAMES[3]) == NAMES[3].path.encode()


async def test_the_same_name_again_replaces(archive):
    await archive.put(NAMES[0], b"one")
    await archive.put(NAMES[0], b"two")
    assert await archive.get(NAMES[0]) == b"two"
    assert await listed(archive) == [NAMES[0]]


async def test_an_empty_archive(archive):
    assert await listed(archive) == []
    assert await archive.drop_days_before("2030-01-01") == 0
    with pytest.raises(StoreRejected, match="no object"):
        await archive.get(NAMES[0])


async def test_old_days_are_dropped_whole(archive):
    for name in NAMES:
        await archive.put(name, b"x")
    assert await archive.drop_days_before("2026-02-01") == 8
    assert {name.day for name in await listed(archive)} == {"2026-02-01"}


async def test_an_object_of_many_parts_comes_back_as_it_was(archive):
    body = random.Random(1).randbytes(PART_BYTES * 2 + 5)
    await archive.put(NAMES[0], body)
    assert await archive.get(NAMES[0]) == body
    await archive.put(NAMES[1], body[:PART_BYTES])
    assert await archive.get(NAMES[1]) == body[:PART_BYTES]


async def test_many_objects_are_listed_and_dropped(archive):
    names = [ArchiveName(1, "2026-01-31", 0, 1, n, n, 1) for n in range(1_100)]
    for first in range(0, len(names), 50):
        await asyncio.gather(*(archive.put(name, b"x") for name in names[first : first + 50]))
    assert await listed(archive, project=1, day="2026-01-31", partition=0) == names
    assert await archive.drop_days_before("2026-02-01") == len(names)
    assert await listed(archive) == []


async def test_migrating_again_and_at_once_changes_nothing(archive):
    await archive.put(NAMES[0], b"x")
    await asyncio.gather(*(archive.migrate() for _ in range(4)))
    assert await listed(archive) == [NAMES[0]]


async def test_one_object_is_dropped(archive):
    for name in NAMES[:3]:
        await archive.put(name, b"x")
    await archive.drop(NAMES[1])
    await archive.drop(NAMES[1])
    assert await listed(archive) == sorted([NAMES[0], NAMES[2]])
