"""Scrubs what symbolication added: the payload was scrubbed before, but lines of source and names of files come from maps."""

from typing import Any

from msgspec.structs import replace

from agents.fingerprint.scrub import MAX_NOTES, Scrubber
from schemas.event import Event, Frame, Stacktrace


def scrub_added(event: Event, scrubber: Scrubber) -> Event:
    """The event with its symbolicated frames scrubbed, each as a frame of the payload at the same place would be."""
    added = {
        "exception": {"values": [{"stacktrace": _added(item.stacktrace)} for item in event.exceptions]},
        "threads": {"values": [{"stacktrace": _added(item.stacktrace)} for item in event.threads]},
        "stacktrace": _added(event.stacktrace),
    }
    clean = scrubber.payload(added)
    if clean.data is added:
        return event
    exceptions = _members(clean.data, "exception", len(event.exceptions))
    threads = _members(clean.data, "threads", len(event.threads))
    return replace(
        event,
        exceptions=tuple(
            replace(item, stacktrace=_clean(item.stacktrace, _member(member, "stacktrace")))
            for item, member in zip(event.exceptions, exceptions, strict=True)
        ),
        threads=tuple(
            replace(item, stacktrace=_clean(item.stacktrace, _member(member, "stacktrace")))
            for item, member in zip(event.threads, threads, strict=True)
        ),
        stacktrace=_clean(event.stacktrace, _member(clean.data, "stacktrace")),
        scrubbed=tuple(dict.fromkeys((*event.scrubbed, *clean.scrubbed)))[:MAX_NOTES],
    )


def _added(stacktrace: Stacktrace | None) -> dict[str, Any] | None:
    if stacktrace is None:
        return None
    return {"frames": [_of_map(frame) if frame.raw is not None else {} for frame in stacktrace.frames]}


def _of_map(frame: Frame) -> dict[str, Any]:
    return {
        "filename": frame.filename,
        "abs_path": frame.abs_path,
        "context_line": frame.context_line,
        "pre_context": list(frame.pre_context),
        "post_context": list(frame.post_context),
    }


def _clean(stacktrace: Stacktrace | None, data: Any) -> Stacktrace | None:
    if stacktrace is None:
        return None
    members = _list(_member(data, "frames"), len(stacktrace.frames))
    return Stacktrace(
        tuple(
            frame if frame.raw is None else _clean_frame(frame, member)
            for frame, member in zip(stacktrace.frames, members, strict=True)
        )
    )


def _clean_frame(frame: Frame, data: Any) -> Frame:
    return replace(
        frame,
        filename=_text(_member(data, "filename")),
        abs_path=_text(_member(data, "abs_path")),
        context_line=_text(_member(data, "context_line")),
        pre_context=_lines(_member(data, "pre_context")),
        post_context=_lines(_member(data, "post_context")),
    )


def _members(data: Any, name: str, count: int) -> list[Any]:
    return _list(_member(_member(data, name), "values"), count)


def _list(value: Any, count: int) -> list[Any]:
    """A list that scrubbing has left, from which it takes no member; where a rule took the whole, members without anything."""
    return value if value.__class__ is list else [None] * count


def _member(data: Any, name: str) -> Any:
    return data.get(name) if data.__class__ is dict else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _lines(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if value.__class__ is list else ()
