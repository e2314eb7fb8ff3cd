"""Which commits may have caused an issue: those of its release that changed a file of its stack trace. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from schemas.event import Event, Frame
from schemas.release import Release, SuspectCommit

#: Frames of each stack trace that are looked at, the latest calls.
_FRAMES = 50
#: Parts of a path that are compared, from its end.
_DEPTH = 12
MOST = 5
_NEVER = datetime.fromtimestamp(0, UTC)


class _Place(NamedTuple):
    """A frame's file, as parts of its path, and its function. ``nearness``: 0 is where the error was thrown."""

    parts: tuple[str, ...]
    function: str | None
    nearness: int


def suspect_commits(event: Event, release: Release) -> list[SuspectCommit]:
    """The latest commits of a release that changed a file in which an in-app frame of the event lies, at most ``MOST``.

    Repositories and programs have different roots, so a file is a frame's where the path of one is the end of the other's.
    Linear in the frames and in the commits' files.
    """
    places = _Places(event)
    found: dict[str, SuspectCommit] = {}
    for commit in release.commits:
        touched = places.nearest(commit.files)
        if touched is not None:
            file, place = touched
            found[commit.id] = SuspectCommit(
                commit.id,
                commit.author,
                commit.message,
                commit.at,
                release.version,
                file,
                place.function,
            )
    return sorted(found.values(), key=lambda commit: commit.timestamp or _NEVER, reverse=True)[:MOST]


class _Places:
    """The places of an event's in-app frames, to be found by a file's path in a time that does not depend on their number."""

    def __init__(self, event: Event) -> None:
        self._whole: dict[tuple[str, ...], _Place] = {}
        self._ends: dict[tuple[str, ...], _Place] = {}
        for place in _places(event):
            _keep_nearest(self._whole, place.parts, place)
            for start in range(len(place.parts)):
                _keep_nearest(self._ends, place.parts[start:], place)

    def nearest(self, files: Sequence[str]) -> tuple[str, _Place] | None:
        """The file that is a frame's, and the frame: of several, where the error was thrown, or nearest to it."""
        best: tuple[str, _Place] | None = None
        for file in files:
            parts = _parts(file)
            found = [self._ends.get(parts), *(self._whole.get(parts[start:]) for start in range(len(parts)))]
            for place in found:
                if place is not None and (best is None or place.nearness < best[1].nearness):
                    best = file, place
        return best


def _keep_nearest(places: dict[tuple[str, ...], _Place], parts: tuple[str, ...], place: _Place) -> None:
    known = places.get(parts)
    if known is None or place.nearness < known.nearness:
        places[parts] = place


def _places(event: Event) -> list[_Place]:
    stacks = [item.stacktrace for item in event.exceptions] + [event.stacktrace]
    stacks += [thread.stacktrace for thread in event.threads if thread.crashed or thread.current]
    places = []
    for stacktrace in stacks:
        frames = stacktrace.frames[-_FRAMES:] if stacktrace is not None else ()
        for nearness, frame in enumerate(reversed(frames)):
            parts = _parts(_path(frame)) if frame.in_app else ()
            if parts:
                places.append(_Place(parts, frame.function, nearness))
    return places


def _path(frame: Frame) -> str:
    """A frame's file. Of the JVM only its name is known; the folder is that of the package."""
    file = frame.filename or frame.abs_path or ""
    if "/" not in file and "\\" not in file:
        if frame.abs_path and frame.abs_path.endswith(file):
            return frame.abs_path
        if frame.module and file.endswith((".java", ".kt", ".scala", ".groovy")):
            return "/".join((*frame.module.split(".")[:-1], file))
    return file


def _parts(path: str) -> tuple[str, ...]:
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return tuple(parts[-_DEPTH:])
