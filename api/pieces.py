"""Pieces of uploads that are not complete yet, each known by the SHA-1 of its bytes, in a folder of this process."""

import hashlib
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from api.errors import ApiError

#: Bytes of one piece, and of all that this process holds.
MAX_PIECE = 8 * 1024 * 1024
MAX_HELD = 512 * 1024 * 1024
#: Seconds for which a piece is held.
_HELD_FOR = 3_600.0


class _Held(NamedTuple):
    size: int
    at: float


class Pieces:
    """Pieces that wait for the others of their upload. ``clock`` gives seconds that only rise."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def add(self, name: str, body: bytes) -> None:
        """Hold a piece.

        Raises:
            ApiError: 400 where ``name`` is not its SHA-1, 503 where there is no room just now.
        """
        if hashlib.sha1(body, usedforsecurity=False).hexdigest() != name:
            raise ApiError(400, "bad_upload", f"A piece is not what its name says: {name[:40]!r}.")
        self._forget_old()
        if sum(held.size for held in self._held.values()) + len(body) > MAX_HELD:
            raise ApiError(503, "no_room", "Too many uploads are under way.", headers={"Retry-After": "60"})
        self._path(name).write_bytes(body)
        self._held.pop(name, None)
        self._held[name] = _Held(len(body), self._clock())

    def missing(self, names: Sequence[str]) -> list[str]:
        """Those of some pieces that are not held."""
        self._forget_old()
        return [name for name in names if name not in self._held]

    def join(self, names: Sequence[str], most: int) -> IO[bytes]:
        """A file of all these pieces, in order, which are all held.

        Raises:
            ApiError: 413 where they are more than ``most`` bytes.
        """
        if sum(self._held[name].size for name in names) > most:
            raise ApiError(413, "too_large", f"An upload may have {most} bytes. Split the bundle.")
        file = tempfile.TemporaryFile()  # noqa: SIM115
        for name in names:
            file.write(self._path(name).read_bytes())
        return file

    def forget(self, names: Sequence[str]) -> None:
        """Hold some pieces no longer."""
        for name in names:
            if self._held.pop(name, None) is not None:
                self._path(name).unlink(missing_ok=True)

    def close(self) -> None:
        """Hold nothing any more."""
        self._held.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _forget_old(self) -> None:
        oldest = self._clock() - _HELD_FOR
        self.forget([name for name, held in self._held.items() if held.at < oldest])

    def _path(self, name: str) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="stacktide-pieces-")
        return Path(self._folder.name) / name
