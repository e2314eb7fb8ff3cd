"""The archive in a folder: an object is a file at the path of its name."""

import asyncio
import fcntl
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import ParamSpec, TypeVar

import structlog

from stores.errors import StoreRejected, StoreUnavailable
from stores.ports import ArchiveName

P = ParamSpec("P")
T = TypeVar("T")

_TEMPORARY = ".unfinished"

log = structlog.get_logger(__name__)


class FolderArchive:
    """The port ``Archive`` on a folder. Several processes may share it.

    An object is written to a temporary file, forced to the disk and renamed, so it is there whole or not at all. A
    temporary file is locked while its writer lives: one that can be locked was left by a crash, and is removed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unfinished = path / _TEMPORARY
        self._cleaned = False

    async def migrate(self) -> None:
        """Make the folder.

        Raises:
            StoreUnavailable: it cannot be made.
        """
        await _in_thread(_make_folder, self._path)

    async def close(self) -> None:
        """Nothing is held between calls."""

    async def put(self, name: ArchiveName, body: bytes) -> None:
        """Store an object, whole or not at all; the same name again replaces it.

        Raises:
            StoreUnavailable: the folder cannot be written, or the disk is full; nothing is left behind.
        """
        await _in_thread(self._put, name, body)

    async def get(self, name: ArchiveName) -> bytes:
        """An object's bytes.

        Raises:
            StoreRejected: there is no such object.
            StoreUnavailable: it cannot be read.
        """
        return await _in_thread((self._path / name.path).read_bytes)

    async def list(
        self, project: int | None = None, day: str | None = None, partition: int | None = None
    ) -> AsyncIterator[ArchiveName]:
        """All objects, or those of a project, day or partition; in no particular order."""
        folders = await _in_thread(lambda: list(self._days(project, day)))
        for folder in folders:
            for name in await _in_thread(_names, folder, partition):
                yield name

    async def drop(self, name: ArchiveName) -> None:
        """Remove an object, if it is there.

        Raises:
            StoreUnavailable: the folder cannot be written.
        """
        await _in_thread(self._drop, name)

    async def drop_days_before(self, day: str) -> int:
        """Remove all objects of earlier days; returns how many."""
        return await _in_thread(self._drop_days_before, day)

    def _put(self, name: ArchiveName, body: bytes) -> None:
        if not self._cleaned:
            self._remove_unfinished()
            self._cleaned = True
        target = self._path / name.path
        _make_folder(target.parent)
        temporary = self._unfinished / uuid.uuid4().hex
        try:
            _write_locked(temporary, target, body)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)

    def _drop(self, name: ArchiveName) -> None:
        target = self._path / name.path
        target.unlink(missing_ok=True)
        if target.parent.is_dir():
            _sync_folder(target.parent)

    def _remove_unfinished(self) -> None:
        _make_folder(self._unfinished)
        removed = sum(_remove_if_abandoned(path) for path in self._unfinished.iterdir())
        if removed:
            log.info("removed unfinished archive files of a crash", files=removed)

    def _days(self, project: int | None, day: str | None) -> Iterator[Path]:
        projects = [self._path / str(project)] if project is not None else _folders(self._path)
        for folder in projects:
            yield from [folder / day] if day is not None else _folders(folder)

    def _drop_days_before(self, day: str) -> int:
        dropped = 0
        for folder in list(self._days(None, None)):
            if folder.name < day:
                dropped += len(_names(folder, None))
                shutil.rmtree(folder)
        return dropped


async def _in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(function, *args, **kwargs)
    except FileNotFoundError as error:
        raise StoreRejected(f"the archive has no object {error.filename}") from error
    except OSError as error:
        raise StoreUnavailable(f"the archive's folder failed: {error}") from error


def _write_locked(temporary: Path, target: Path, body: bytes) -> None:
    """Write, sync and rename, under a lock that tells others that the temporary file is in use."""
    with temporary.open("xb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
        temporary.rename(target)


def _remove_if_abandoned(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
    except (FileNotFoundError, BlockingIOError):
        return False
    return True


def _make_folder(path: Path) -> None:
    """Make a folder and those above it, each forced to the disk as an entry of its parent."""
    if path.is_dir():
        return
    _make_folder(path.parent)
    path.mkdir(exist_ok=True)
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _folders(path: Path) -> list[Path]:
    """The folders in a folder, without hidden ones; none where it does not exist."""
    if not path.is_dir():
        return []
    return [child for child in path.iterdir() if child.is_dir() and not child.name.startswith(".")]


def _names(folder: Path, partition: int | None) -> list[ArchiveName]:
    """The objects of one day of one project. Files that are no objects are passed over."""
    partitions = [folder / str(partition)] if partition is not None else _folders(folder)
    names = []
    for path in partitions:
        for file in path.iterdir() if path.is_dir() else ():
            try:
                names.append(ArchiveName.parse(f"{folder.parent.name}/{folder.name}/{path.name}/{file.name}"))
            except ValueError:
                log.warning("passed over a file in the archive that is no object", file=str(file))
    return names
