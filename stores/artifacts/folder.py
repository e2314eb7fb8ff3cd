"""Artifacts in a folder: each is a file at the path of its name."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import structlog

from schemas.artifacts import ArtifactName
from stores.artifacts.encoding import compress, decompress
from stores.errors import StoreRejected, StoreUnavailable

P = ParamSpec("P")
T = TypeVar("T")

_TEMPORARY = ".unfinished"
#: Where each project has a file that changes with its artifacts.
_UPLOADS = ".uploads"

log = structlog.get_logger(__name__)


class FolderArtifacts:
    """The port ``Artifacts`` on a folder, which several processes may share.

    A file is written beside, forced to the disk and renamed, so it is there whole or not at all.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unfinished = path / _TEMPORARY

    async def migrate(self) -> None:
        """Make the folder.

        Raises:
            StoreUnavailable: it cannot be made.
        """
        await _in_thread(self._unfinished.mkdir, parents=True, exist_ok=True)

    async def put(self, name: ArtifactName, body: bytes) -> None:
        """Store an artifact, whole or not at all; the same name again replaces it.

        Raises:
            StoreRejected: its name is too long, or the artifact too large.
            StoreUnavailable: the folder cannot be written, or the disk is full; nothing is left behind.
        """
        if not name.is_storable:
            raise StoreRejected("the release, dist and URL of the artifact are too long together")
        await _in_thread(self._put, name, body)

    async def get(self, name: ArtifactName) -> bytes | None:
        """An artifact's bytes, or None where there is none of this name.

        Raises:
            StoreRejected: what is stored is damaged.
            StoreUnavailable: it cannot be read.
        """
        return await _in_thread(self._get, name) if name.is_storable else None

    async def list(self, project: int) -> AsyncIterator[ArtifactName]:
        """All artifacts of a project, in no particular order."""
        for name in await _in_thread(_names, self._path, project):
            yield name

    async def drop(self, name: ArtifactName) -> None:
        """Remove an artifact, if it is there.

        Raises:
            StoreUnavailable: it cannot be removed.
        """
        await _in_thread(self._drop, name)

    async def announce(self, project: int) -> None:
        """Say that a project's artifacts have changed: called once they have.

        Raises:
            StoreUnavailable: the folder cannot be written.
        """
        await _in_thread(self._write, self._path / _UPLOADS / str(project), uuid.uuid4().hex.encode())

    async def latest_upload(self, project: int) -> str:
        """What changes with each ``announce`` of a project; empty before the first.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        return await _in_thread(_text, self._path / _UPLOADS / str(project))

    async def close(self) -> None:
        """Nothing is held between calls."""

    def _put(self, name: ArtifactName, body: bytes) -> None:
        self._write(self._path / name.path, compress(body))

    def _write(self, target: Path, data: bytes) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        self._unfinished.mkdir(parents=True, exist_ok=True)
        temporary = self._unfinished / uuid.uuid4().hex
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)

    def _get(self, name: ArtifactName) -> bytes | None:
        try:
            data = (self._path / name.path).read_bytes()
        except FileNotFoundError:
            return None
        return decompress(data)

    def _drop(self, name: ArtifactName) -> None:
        path = self._path / name.path
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == self._path:
                return
            try:
                folder.rmdir()
            except OSError:
                # It holds other artifacts, or was never there.
                return


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def _names(folder: Path, project: int) -> list[ArtifactName]:
    """The artifacts of a project. Files that are none are passed over."""
    names = []
    for path in (folder / str(project)).rglob("*"):
        if path.is_file():
            try:
                names.append(ArtifactName.parse(path.relative_to(folder).as_posix()))
            except ValueError:
                log.warning("passed over a file among the artifacts that is none", file=str(path))
    return names


async def _in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(function, *args, **kwargs)
    except OSError as error:
        raise StoreUnavailable(f"the folder of artifacts failed: {error}") from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
