"""Releases of a project, and the commits that went into them."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=250)]
Path = Annotated[str, msgspec.Meta(min_length=1, max_length=1_024)]


class Commit(msgspec.Struct, frozen=True):
    """A commit, as a build knows it. ``timestamp`` is an ISO 8601 time, UTC unless it says otherwise, or Unix seconds;
    ``files`` are the paths that it changed, from the root of the repository."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    author: Annotated[str, msgspec.Meta(max_length=250)] = ""
    message: Annotated[str, msgspec.Meta(max_length=10_000)] = ""
    timestamp: datetime | Annotated[float, msgspec.Meta(ge=0, le=4_102_444_800)] | None = None
    files: Annotated[tuple[Path, ...], msgspec.Meta(max_length=5_000)] = ()

    @property
    def at(self) -> datetime | None:
        """The time of the commit, in UTC."""
        at = self.timestamp
        if isinstance(at, float):
            return datetime.fromtimestamp(at, UTC)
        return at.replace(tzinfo=at.tzinfo or UTC) if at is not None else None


class NewRelease(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A release as a build announces it."""

    version: Name
    commits: Annotated[tuple[Commit, ...], msgspec.Meta(max_length=1_000)] = ()


class Release(msgspec.Struct, frozen=True):
    """A release that is known. ``created`` is when it was announced first."""

    version: str
    created: datetime
    commits: tuple[Commit, ...]


class ReleaseSummary(msgspec.Struct, frozen=True):
    """A release in a list."""

    version: str
    created: datetime
    commits: int


class SuspectCommit(msgspec.Struct, frozen=True):
    """A commit that may have caused an issue: it changed ``file``, in which ``function`` of a stack trace lies."""

    id: str
    author: str
    message: str
    timestamp: datetime | None
    release: str
    file: str
    function: str | None
