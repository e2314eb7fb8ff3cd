"""The text of an event that full-text search looks through."""

from schemas.event import Event, Stacktrace

#: Most characters of one event's search text.
SEARCH_TEXT = 16 * 1024
_LONGEST_PART = 4096


def search_text(event: Event) -> str:
    """Message, exceptions, transaction, tags, functions and files of an event, a line each, at most 16 Ki characters.

    The most telling comes first, and of a stack the innermost frames, so that what is cut off is what matters least.
    Each line stands there once.
    """
    lines: dict[str, None] = {}
    for exception in reversed(event.exceptions):
        lines[f"{exception.type or ''}: {exception.value or ''}"[:_LONGEST_PART]] = None
    for words in (event.message, event.transaction, event.logger):
        if words:
            lines[words[:_LONGEST_PART]] = None
    for key, value in event.tags.items():
        lines[f"{key} {value}"] = None
    for stacktrace in [item.stacktrace for item in reversed(event.exceptions)] + [event.stacktrace]:
        if stacktrace is not None:
            _add_frames(stacktrace, lines)
    for thread in event.threads:
        if thread.stacktrace is not None and (thread.crashed or thread.current):
            _add_frames(thread.stacktrace, lines)
    return "\n".join(lines)[:SEARCH_TEXT]


def _add_frames(stacktrace: Stacktrace, lines: dict[str, None]) -> None:
    for frame in reversed(stacktrace.frames):
        place = frame.filename or frame.abs_path or frame.package or ""
        lines[f"{frame.module or ''} {frame.function or ''} {place}".strip()] = None
