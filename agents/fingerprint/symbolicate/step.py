"""symbolicate: the frames of an event as they were written. Pure: the maps were loaded before, see ``loader.py``."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from agents.fingerprint import limits
from agents.fingerprint.shrink import shrink
from agents.fingerprint.symbolicate import javascript, jvm
from agents.fingerprint.symbolicate.images import DebugImages
from agents.fingerprint.symbolicate.maps import Maps, ProguardMap, SourceMap
from schemas.artifacts import PROGUARD, ArtifactName
from schemas.event import Event, Frame, Stacktrace

#: Maps that one event may ask for. A page has some tens of scripts.
MAX_MAPS = 50
#: Frames that get lines of source around them, the latest of each stack trace.
CONTEXT_FRAMES = 50
#: Maps that are named as missing.
_MOST_MISSING = 5


class RawFrame(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a frame was before symbolication."""

    filename: str | None = None
    abs_path: str | None = None
    function: str | None = None
    module: str | None = None
    lineno: int | None = None
    colno: int | None = None


class Symbolicated(NamedTuple):
    """``raw`` has the raw frame of each frame that was changed, by the stack trace's place (``exceptions.0``, ``threads.3``,
    ``stacktrace``) and the frame's index; frames inlined into one have the same."""

    event: Event
    raw: dict[tuple[str, int], RawFrame]


def needed_maps(event: Event, images: DebugImages, project: int) -> frozenset[ArtifactName]:
    """The maps for which the loader is to be asked; at most ``MAX_MAPS``."""
    if event.platform in jvm.PLATFORMS:
        return frozenset(_mapping_names(images, project))
    if event.platform not in javascript.PLATFORMS or not (images.source_maps or event.release):
        return frozenset()
    names: set[ArtifactName] = set()
    for _, stacktrace in _stacks(event):
        for frame in stacktrace.frames:
            if len(names) < MAX_MAPS and (name := javascript.map_name(frame, event, images, project)):
                names.add(name)
    return frozenset(names)


def symbolicate(event: Event, images: DebugImages, project: int, maps: Maps) -> Symbolicated:
    """The event with its frames, and the types of its exceptions, as in the source. Maps that it names and that are not
    there are noted in ``Event.errors``."""
    needed = needed_maps(event, images, project)
    if not needed:
        return Symbolicated(event, {})
    raw: dict[tuple[str, int], RawFrame] = {}
    if not needed.isdisjoint(maps):
        change = _java if event.platform in jvm.PLATFORMS else _javascript
        event = change(event, images, project, maps, raw)
    event = _noted(event, [name for name in needed if name not in maps])
    return Symbolicated(shrink(event) if raw else event, raw)


def _javascript(
    event: Event, images: DebugImages, project: int, maps: Maps, raw: dict[tuple[str, int], RawFrame]
) -> Event:
    def change(frame: Frame, from_end: int) -> tuple[Frame, ...] | None:
        name = javascript.map_name(frame, event, images, project)
        source_map = maps.get(name) if name is not None else None
        if not isinstance(source_map, SourceMap):
            return None
        found = javascript.original(frame, source_map, from_end < CONTEXT_FRAMES)
        return None if found is None else (found,)

    return _each_stack(event, change, raw)


def _java(
    event: Event, images: DebugImages, project: int, maps: Maps, raw: dict[tuple[str, int], RawFrame]
) -> Event:
    found = [maps.get(name) for name in _mapping_names(images, project)]
    mappings = [mapping for mapping in found if isinstance(mapping, ProguardMap)]
    event = _each_stack(event, lambda frame, _: jvm.original(frame, mappings), raw)
    return replace(
        event, exceptions=tuple(jvm.original_exception(item, mappings) for item in event.exceptions)
    )


def _mapping_names(images: DebugImages, project: int) -> list[ArtifactName]:
    return [ArtifactName(project, PROGUARD, identity) for identity in images.proguard[:MAX_MAPS]]


def _stacks(event: Event) -> Iterator[tuple[str, Stacktrace]]:
    for number, exception in enumerate(event.exceptions):
        if exception.stacktrace is not None:
            yield f"exceptions.{number}", exception.stacktrace
    if event.stacktrace is not None:
        yield "stacktrace", event.stacktrace
    for number, thread in enumerate(event.threads):
        if thread.stacktrace is not None:
            yield f"threads.{number}", thread.stacktrace


def _each_stack(
    event: Event,
    change: Callable[[Frame, int], tuple[Frame, ...] | None],
    raw: dict[tuple[str, int], RawFrame],
) -> Event:
    """The event with its frames changed; ``change`` gets a frame and its distance from the end of its stack trace."""
    changed = {place: _changed(place, stacktrace, change, raw) for place, stacktrace in _stacks(event)}
    exceptions = tuple(
        replace(item, stacktrace=changed.get(f"exceptions.{number}"))
        for number, item in enumerate(event.exceptions)
    )
    threads = tuple(
        replace(item, stacktrace=changed.get(f"threads.{number}"))
        for number, item in enumerate(event.threads)
    )
    return replace(event, exceptions=exceptions, stacktrace=changed.get("stacktrace"), threads=threads)


def _changed(
    place: str,
    stacktrace: Stacktrace,
    change: Callable[[Frame, int], tuple[Frame, ...] | None],
    raw: dict[tuple[str, int], RawFrame],
) -> Stacktrace:
    frames: list[Frame] = []
    # What is inlined makes more frames, which are bounded as all others are.
    room = limits.MAX_FRAMES - len(stacktrace.frames)
    for number, frame in enumerate(stacktrace.frames):
        originals = change(frame, len(stacktrace.frames) - 1 - number)
        if originals is None:
            frames.append(frame)
            continue
        # The innermost of them are nearest to the error.
        originals = originals[-(1 + max(room, 0)) :]
        room -= len(originals) - 1
        before = RawFrame(
            frame.filename, frame.abs_path, frame.function, frame.module, frame.lineno, frame.colno
        )
        for found in originals:
            raw[place, len(frames)] = before
            frames.append(found)
    return Stacktrace(tuple(frames))


def _noted(event: Event, missing: list[ArtifactName]) -> Event:
    if not missing:
        return event
    sentences = [_sentence(name)[: limits.ERROR] for name in sorted(missing)[:_MOST_MISSING]]
    errors = dict.fromkeys((*event.errors, *sentences))
    return replace(event, errors=tuple(errors)[: limits.MAX_ERRORS])


def _sentence(name: ArtifactName) -> str:
    if name.kind == PROGUARD:
        return f"symbolication: no usable ProGuard mapping with UUID {name.debug_id}."
    if name.debug_id:
        return f"symbolication: no usable source map with debug id {name.debug_id}."
    return f"symbolication: no usable source map for {name.url} of this release."
