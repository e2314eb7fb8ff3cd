"""The archive in a folder."""

import asyncio
import fcntl
from pathlib import Path

import pytest

from stores.archive.folder import FolderArchive
from stores.errors import StoreRejected, StoreUnavailable
from stores.ports import ArchiveName

NAMES = [
    ArchiveName(project, day, partition, 1_700_000_000_000, first, first + 9, 10)
    for project in (1, 12)
    for day in ("2026-01-31", "2026-02-01")
    for partition in (0, 1)
    for first in (0, 10)
]


@pytest.fixture
def archive(tmp_path: Path) -> FolderArchive:
    return FolderArchive(tmp_path / "archive")


async def _listed(archive, **only):
    return sorted([name async for name in archive.list(**only)])


async def test_objects_are_found_by_project_day_and_partition(archive):
    await asyncio.gather(*(archive.put(name, name.path.encode()) for name in NAMES))
    assert await _listed(archive) == sorted(NAMES)
    assert await _listed(archive, project=1) == sorted(n for n in NAMES if n.project == 1)
    assert await _listed(archive, project=12, day="2026-02-01", partition=1) == NAMES[-2:]
    assert await _listed(archive, day="2026-01-31") == sorted(n for n in NAMES if n.day == "2026-01-31")
    assert await _listed(archive, partition=1) == sorted(n for n in NAMES if n.partition == 1)
    assert await _listed(archive, project=2) == []
    assert await archive.get(NAMES[3]) == NAMES[3].path.encode()


async def test_the_same_name_again_replaces(archive):
    await archive.put(NAMES[0], b"one")
    await archive.put(NAMES[0], b"two")
    assert await archive.get(NAMES[0]) == b"two"
    assert await _listed(archive) == [NAMES[0]]


async def test_an_empty_archive(archive):
    assert await _listed(archive) == []
    assert await archive.drop_days_before("2030-01-01") == 0
    with pytest.raises(StoreRejected, match="no object"):
        await archive.get(NAMES[0])


async def test_old_days_are_dropped_whole(archive):
    for name in NAMES:
        await archive.put(name, b"x")
    assert await archive.drop_days_before("2026-02-01") == 8
    assert {name.day for name in await _listed(archive)} == {"2026-02-01"}


async def test_what_a_crash_left_is_removed_and_what_is_in_use_is_not(archive, tmp_path):
    unfinished = tmp_path / "archive" / ".unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "left").write_bytes(b"half an obj")
    with (unfinished / "used").open("wb") as used:
        fcntl.flock(used, fcntl.LOCK_EX)
        await archive.put(NAMES[0], b"x")
        assert [path.name for path in unfinished.iterdir()] == ["used"]
    assert await _listed(archive) == [NAMES[0]]


async def test_foreign_files_are_passed_over(archive, tmp_path):
    await archive.put(NAMES[0], b"x")
    folder = (tmp_path / "archive" / NAMES[0].path).parent
    for path in (folder / "notes.txt", folder.parent / "file", tmp_path / "archive" / "file"):
        path.write_text("x")
    (tmp_path / "archive" / "lost+found" / "a" / "b").mkdir(parents=True)
    (tmp_path / "archive" / "lost+found" / "a" / "b" / "1-2-3-4.ndjson.zst").write_text("x")
    assert await _listed(archive) == [NAMES[0]]


async def test_a_failed_write_leaves_nothing(archive, tmp_path):
    await archive.put(NAMES[0], b"x")
    target = tmp_path / "archive" / NAMES[1].path
    target.mkdir()  # a folder in the object's place: the rename fails
    with pytest.raises(StoreUnavailable):
        await archive.put(NAMES[1], b"y")
    assert list((tmp_path / "archive" / ".unfinished").iterdir()) == []


async def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreUnavailable):
        await FolderArchive(tmp_path / "file").put(NAMES[0], b"x")
