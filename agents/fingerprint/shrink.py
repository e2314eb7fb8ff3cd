"""The bound on the whole of a normalised event, for the few that stay under every bound of their parts and still are huge."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from agents.fingerprint import limits
from agents.fingerprint.coerce import Notes, ends, trimmed
from schemas.event import Event, ExceptionValue, Frame, Stacktrace, Thread

_ENCODER = msgspec.json.Encoder()
#: What is left of an event of which nothing else helped.
_LAST_TEXT = 60
_LAST_MEMBERS = 20
_LAST_EXCEPTIONS = 3


class _Cut(NamedTuple):
    sentence: str
    apply: Callable[[Event], Event]


def shrink(event: Event) -> Event:
    """The event in at most ``limits.EVENT_BYTES`` of JSON: whole parts are left out, the least telling first."""
    if _size(event) <= limits.EVENT_BYTES:
        return event
    earlier, sentences = event.errors, []
    for cut in _CUTS:
        smaller = cut.apply(event)
        if smaller == event:
            continue
        sentences.append(f"event: {cut.sentence}, because it is larger than {limits.EVENT_BYTES} bytes.")
        event = replace(smaller, errors=(*sentences, *earlier)[: limits.MAX_ERRORS])
        if _size(event) <= limits.EVENT_BYTES:
            break
    return event


def _size(event: Event) -> int:
    return len(_ENCODER.encode(event))


def _each_stack(event: Event, change: Callable[[Stacktrace], Stacktrace]) -> Event:
    def changed(stacktrace: Stacktrace | None) -> Stacktrace | None:
        return None if stacktrace is None else change(stacktrace)

    def exception(item: ExceptionValue) -> ExceptionValue:
        return replace(item, stacktrace=changed(item.stacktrace))

    def thread(item: Thread) -> Thread:
        return replace(item, stacktrace=changed(item.stacktrace))

    return replace(
        event,
        exceptions=tuple(exception(item) for item in event.exceptions),
        threads=tuple(thread(item) for item in event.threads),
        stacktrace=changed(event.stacktrace),
    )


def _each_frame(event: Event, **changes: Any) -> Event:
    def change(stacktrace: Stacktrace) -> Stacktrace:
        return Stacktrace(tuple(replace(frame, **changes) for frame in stacktrace.frames))

    return _each_stack(event, change)


def _without_other_threads(event: Event) -> Event:
    return replace(
        event,
        threads=tuple(
            thread if thread.crashed or thread.current else replace(thread, stacktrace=None)
            for thread in event.threads
        ),
    )


def _few_frames(event: Event) -> Event:
    def change(stacktrace: Stacktrace) -> Stacktrace:
        return Stacktrace(tuple(ends(list(stacktrace.frames), _LAST_MEMBERS, Notes(), "frames")))

    return _each_stack(replace(event, exceptions=event.exceptions[-_LAST_EXCEPTIONS:]), change)


def _short(value: str | None) -> str | None:
    return None if value is None else trimmed(value, _LAST_TEXT)


def _short_texts(event: Event) -> Event:
    def frame(item: Frame) -> Frame:
        return Frame(
            filename=_short(item.filename),
            function=_short(item.function),
            module=_short(item.module),
            lineno=item.lineno,
            in_app=item.in_app,
        )

    def stack(stacktrace: Stacktrace) -> Stacktrace:
        return Stacktrace(tuple(frame(item) for item in stacktrace.frames))

    threads = tuple(thread for thread in event.threads if thread.crashed or thread.current)[:1]
    event = _each_stack(replace(event, threads=threads), stack)
    return replace(
        event,
        message=_short(event.message),
        message_template=_short(event.message_template),
        transaction=_short(event.transaction),
        exceptions=tuple(
            replace(item, type=_short(item.type), value=_short(item.value), module=_short(item.module))
            for item in event.exceptions
        ),
        tags={
            key[:_LAST_TEXT]: value[:_LAST_TEXT] for key, value in list(event.tags.items())[:_LAST_MEMBERS]
        },
        fingerprint=event.fingerprint
        and tuple(value[: limits.NAME] for value in event.fingerprint[:_LAST_MEMBERS]),
    )


_CUTS = (
    _Cut("local variables were left out", lambda event: _each_frame(event, vars=None)),
    _Cut("the stacks of other threads were left out", _without_other_threads),
    _Cut("installed modules were left out", lambda event: replace(event, modules={})),
    _Cut("breadcrumbs were left out", lambda event: replace(event, breadcrumbs=())),
    _Cut("extra was left out", lambda event: replace(event, extra={})),
    _Cut(
        "source around the frames was left out",
        lambda event: _each_frame(event, context_line=None, pre_context=(), post_context=()),
    ),
    _Cut("contexts were left out", lambda event: replace(event, contexts={})),
    _Cut("the request was left out", lambda event: replace(event, request=None)),
    _Cut(
        f"all but {_LAST_EXCEPTIONS} exceptions and {_LAST_MEMBERS} frames of each were left out", _few_frames
    ),
    _Cut(f"texts were trimmed to {_LAST_TEXT} characters", _short_texts),
)
