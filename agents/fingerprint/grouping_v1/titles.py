"""What an issue is called: its title, and the culprit beside it."""

from agents.fingerprint.grouping_v1.frames import UNKNOWN_NAMES
from schemas.event import Event, ExceptionValue, Frame, Stacktrace

_LONGEST_TITLE = 200
_LONGEST_CULPRIT = 200
_NO_TITLE = "(no message)"


def title(event: Event) -> str:
    """``Type: value`` of the outermost exception, else the message; the first line, at most 200 characters."""
    if event.exceptions:
        words = _exception_title(event.exceptions[-1])
        if words:
            return words
    return _first_line(event.message) or _NO_TITLE


def culprit(event: Event) -> str:
    """The transaction, else ``module in function`` of the innermost frame that is in-app (of any, where none is)."""
    if event.transaction:
        return event.transaction[:_LONGEST_CULPRIT]
    stacktrace = main_stacktrace(event)
    if stacktrace is None:
        return ""
    named = [frame for frame in stacktrace.frames if frame.function and frame.function not in UNKNOWN_NAMES]
    frames = [frame for frame in named if frame.in_app] or named or stacktrace.frames
    return _place(frames[-1])[:_LONGEST_CULPRIT]


def main_stacktrace(event: Event) -> Stacktrace | None:
    """The stack trace that says most: of the outermost exception that has one, else the event's own, else a thread's."""
    for exception in reversed(event.exceptions):
        if exception.stacktrace is not None:
            return exception.stacktrace
    return event.stacktrace or thread_stacktrace(event)


def thread_stacktrace(event: Event) -> Stacktrace | None:
    """The stack trace of the thread that crashed, else of the one that was current, else of the only one."""
    with_stack = [thread for thread in event.threads if thread.stacktrace is not None]
    telling = [thread for thread in with_stack if thread.crashed] or [
        thread for thread in with_stack if thread.current
    ]
    chosen = telling or (with_stack if len(event.threads) == 1 else [])
    return chosen[0].stacktrace if chosen else None


def is_synthetic(exception: ExceptionValue) -> bool:
    """Whether the exception was made up by the SDK to carry a stack trace, so that its type says nothing."""
    return exception.type is None or (exception.mechanism is not None and exception.mechanism.synthetic)


def _exception_title(exception: ExceptionValue) -> str:
    value = _first_line(exception.value)
    if is_synthetic(exception) and value:
        return value
    kind = _first_line(exception.type)
    return _short(f"{kind}: {value}") if kind and value else kind or value


def _first_line(words: str | None) -> str:
    stripped = words.strip() if words else ""
    return _short(stripped.split("\n", 1)[0].rstrip()) if stripped else ""


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST_TITLE else words[: _LONGEST_TITLE - 1] + "…"


def _place(frame: Frame) -> str:
    place = frame.module or frame.filename or frame.abs_path or frame.package or ""
    return f"{place} in {frame.function}" if place and frame.function else place or frame.function or ""
