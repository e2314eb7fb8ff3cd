"""The archive in a folder, where it is not the port that matters (``tests/contract``) but the files."""

import fcntl
from pathlib import Path

import pytest
from archive_names import NAMES, listed

from stores.archive.folder import FolderArchive
from stores.errors import StoreUnavailable


@pytest.fixture
def archive(tmp_path: Path) -> FolderArchive:
    return FolderArchive(tmp_path / "archive")


async def test_what_a_crash_left_is_removed_and_what_is_in_use_is_not(archive, tmp_path):
    unfinished = tmp_path / "archive" / ".unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "left").write_bytes(b"half an obj")
    with (unfinished / "used").open("wb") as used:
        fcntl.flock(used, fcntl.LOCK_EX)
        await archive.put(NAMES[0], b"x")
        assert [path.name for path in unfinished.iterdir()] == ["used"]
    assert await listed(archive) == [NAMES[0]]


async def test_foreign_files_are_passed_over(archive, tmp_path):
    await archive.put(NAMES[0], b"x")
    folder = (tmp_path / "archive" / NAMES[0].path).parent
    for path in (folder / "notes.txt", folder.parent / "file", tmp_path / "archive" / "file"):
        path.write_text("x")
    (tmp_path / "archive" / "lost+found" / "a" / "b").mkdir(parents=True)
    (tmp_path / "archive" / "lost+found" / "a" / "b" / "1-2-3-4.ndjson.zst").write_text("x")
    assert await listed(archive) == [NAMES[0]]


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
