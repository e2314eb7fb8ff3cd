"""Reading and changing the stack traces of raw events."""

import copy
from collections.abc import Iterator
from typing import Any

from agents.fingerprint.in_app import guess_in_app

Raw = dict[str, Any]


def exceptions(event: Raw) -> list[Raw]:
    """The exceptions of an event, in whichever form it has them."""
    values = event.get("exception") or []
    if isinstance(values, dict):
        values = values.get("values") or ([values] if "type" in values else [])
    return [value for value in values if isinstance(value, dict)]


def stacks(event: Raw) -> Iterator[list[Raw]]:
    """Every stack trace of an event, as its list of frames, oldest first; changing one changes the event."""
    threads = event.get("threads") or []
    holders = [
        event,
        *exceptions(event),
        *(threads.get("values") or [] if isinstance(threads, dict) else threads),
    ]
    for holder in holders:
        stacktrace = holder.get("stacktrace") if isinstance(holder, dict) else None
        frames = stacktrace.get("frames") if isinstance(stacktrace, dict) else None
        if isinstance(frames, list) and frames:
            yield frames


def in_app(event: Raw, frame: Raw) -> bool:
    """Whether a frame is in-app: the client's word, else the guess from its place."""
    if isinstance(frame.get("in_app"), bool):
        return bool(frame["in_app"])
    path = frame.get("abs_path") or frame.get("filename")
    names = (frame.get("module"), path, frame.get("package"), frame.get("function"))
    return guess_in_app(event.get("platform") or "other", *names)


def named(frame: Raw) -> bool:
    """Whether a frame says what function it is of."""
    return frame.get("function") not in (
        None,
        "",
        "?",
        "<unknown>",
        "<redacted>",
        "stripped_application_code",
    )


def telling(event: Raw, frames: list[Raw]) -> list[int]:
    """Positions of the named frames that are in-app, oldest first; of all named ones where none is in-app."""
    positions = [position for position, frame in enumerate(frames) if named(frame)]
    return [position for position in positions if in_app(event, frames[position])] or positions


def renamed(frame: Raw, word: str) -> Raw:
    """A frame of another function at another place of the same program."""
    other = copy.deepcopy(frame)
    other["function"] = word
    other.pop("raw_function", None)
    for name in ("lineno", "colno"):
        if isinstance(other.get(name), int):
            other[name] += 211
    return other
