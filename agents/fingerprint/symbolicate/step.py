"""symbolicate: the frames of an event as they were written. Pure: the maps were loaded before, see ``loader.py``."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from agents.fingerprint import limits
from agents.fingerprint.shrink import shrink
from agents.fingerprint.symbolicate import javascript, jvm
from agents.fingerprint.symbolicate.images import DebugImages
from agents.fingerprint.symbolicate.maps import Maps, ProguardMap, SourceMap
from schemas.artifacts import PROGUARD, ArtifactName
from schemas.event import Event, Frame, RawFrame, Stacktrace

#: Maps that one event may ask for. A page has some tens of scripts.
MAX_MAPS = 50
#: Frames that get lines of source around them, the latest of each stack trace.
CONTEXT_FRAMES = 50
#: Maps that are named as missing.
_MOST_MISSING = 5


class Symbolicated(NamedTuple):
    """``changed`` says whether a frame was, which then has its raw frame."""

    event: Event
    changed: bool


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


def symbolicate(
    event: Event, images: DebugImages, project: int, maps: Maps, needed: frozenset[ArtifactName] | None = None
) -> Symbolicated:
    """The event with its frames, and the types of its exceptions, as in the source. Maps that it names and that are not
    there are noted in ``Event.errors``. ``needed`` are those of ``needed_maps``, where they are known already."""
    needed = needed_maps(event, images, project) if needed is None else needed
    if not needed:
        return Symbolicated(event, False)
    changed = False
    if not needed.isdisjoint(maps):
        change = _java if event.platform in jvm.PLATFORMS else _javascript
        event, changed = change(event, images, project, maps)
    event = _noted(event, [name for name in needed if name not in maps])
    return Symbolicated(shrink(event) if changed else event, changed)


def _javascript(event: Event, images: DebugImages, project: int, maps: Maps) -> Symbolicated:
    def change(frame: Frame, from_end: int) -> tuple[Frame, ...] | None:
        name = javascript.map_name(frame, event, images, project)
        source_map = maps.get(name) if name is not None else None
        if not isinstance(source_map, SourceMap):
            return None
        found = javascript.original(frame, source_map, from_end < CONTEXT_FRAMES)
        return None if found is None else (found,)

    return _each_stack(event, change)


def _java(event: Event, images: DebugImages, project: int, maps: Maps) -> Symbolicated:
    found = [maps.get(name) for name in _mapping_names(images, project)]
    mappings = [mapping for mapping in found if isinstance(mapping, ProguardMap)]
    event, changed = _each_stack(event, lambda frame, _: jvm.original(frame, mappings))
    exceptions = tuple(jvm.original_exception(item, mappings) for item in event.exceptions)
    return Symbolicated(replace(event, exceptions=exceptions), changed)


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


def _each_stack(event: Event, change: Callable[[Frame, int], tuple[Frame, ...] | None]) -> Symbolicated:
    """The event with its frames changed; ``change`` gets a frame and its distance from the end of its stack trace."""
    changed = {
        place: after
        for place, stacktrace in _stacks(event)
        if (after := _changed(stacktrace, change)) is not stacktrace
    }
    if not changed:
        return Symbolicated(event, False)
    exceptions = tuple(
        replace(item, stacktrace=changed.get(f"exceptions.{number}", item.stacktrace))
        for number, item in enumerate(event.exceptions)
    )
    threads = tuple(
        replace(item, stacktrace=changed.get(f"threads.{number}", item.stacktrace))
        for number, item in enumerate(event.threads)
    )
    stacktrace = changed.get("stacktrace", event.stacktrace)
    return Symbolicated(replace(event, exceptions=exceptions, stacktrace=stacktrace, threads=threads), True)


def _changed(stacktrace: Stacktrace, change: Callable[[Frame, int], tuple[Frame, ...] | None]) -> Stacktrace:
    """The stack trace with what ``change`` made of its frames; the same one where that was nothing."""
    frames: list[Frame] = []
    any_changed = False
    # What is inlined makes more frames, which are bounded as all others are.
    room = limits.MAX_FRAMES - len(stacktrace.frames)
    for number, frame in enumerate(stacktrace.frames):
        originals = change(frame, len(stacktrace.frames) - 1 - number)
        if originals is None:
            frames.append(frame)
            continue
        any_changed = True
        # The innermost of them are nearest to the error.
        originals = originals[-(1 + max(room, 0)) :]
        room -= len(originals) - 1
        raw = RawFrame(
            frame.filename, frame.abs_path, frame.function, frame.module, frame.lineno, frame.colno
        )
        frames += [replace(found, raw=raw) for found in originals]
    return Stacktrace(tuple(frames)) if any_changed else stacktrace


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
