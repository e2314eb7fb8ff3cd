"""Exceptions, stack traces, frames and threads."""

from typing import Any

from agents.fingerprint import limits
from agents.fingerprint.coerce import Notes, boolean, ends, integer, line, mapping, text, values_of
from agents.fingerprint.free_form import Copier
from agents.fingerprint.in_app import guess_in_app
from schemas.event import ExceptionValue, Frame, Mechanism, Stacktrace, Thread


class StackReader:
    """Reads the stack traces of one event, which share bounds on their frames and local variables."""

    def __init__(self, platform: str, notes: Notes) -> None:
        self._platform = platform
        self._notes = notes
        self._vars = Copier(limits.VARS_TOTAL, "vars")
        self._frames_left = limits.MAX_FRAMES_IN_ALL

    def exceptions(self, value: Any) -> tuple[ExceptionValue, ...]:
        """The chain, innermost cause first, as the protocol has it."""
        found = []
        for item in ends(
            values_of(value, self._notes, "exception"), limits.MAX_EXCEPTIONS, self._notes, "exception"
        ):
            exception = self._exception(item)
            if exception is not None:
                found.append(exception)
        return tuple(found)

    def threads(self, value: Any) -> tuple[Thread, ...]:
        """Threads in the order given; of too many, the first and the last, and always those that crashed."""
        items = [item for item in values_of(value, self._notes, "threads") if item.__class__ is dict]
        if len(items) > limits.MAX_THREADS:
            items.sort(key=lambda item: not (item.get("crashed") is True or item.get("current") is True))
            self._notes.add(f"threads: {len(items) - limits.MAX_THREADS} of {len(items)} left out.")
            del items[limits.MAX_THREADS :]
        return tuple(self._thread(item) for item in items)

    def stacktrace(self, value: Any) -> Stacktrace | None:
        """Frames from ``{"frames": […]}`` or a bare list; None where there are none."""
        frames = value.get("frames") if value.__class__ is dict else value
        if not frames:
            return None
        if frames.__class__ is not list:
            self._notes.add("stacktrace.frames: not a list; left out.")
            return None
        most = min(limits.MAX_FRAMES, self._frames_left)
        kept = []
        for item in ends(frames, most, self._notes, "stacktrace.frames"):
            if item.__class__ is dict:
                kept.append(self._frame(item))
            elif item is not None:
                self._notes.add("stacktrace.frames: what is not an object was left out.")
        self._frames_left -= len(kept)
        return Stacktrace(tuple(kept)) if kept else None

    def finish(self) -> None:
        """Say in the notes what was trimmed of the local variables."""
        self._vars.report(self._notes)

    def _exception(self, item: Any) -> ExceptionValue | None:
        notes = self._notes
        if item.__class__ is not dict:
            if isinstance(item, str) and item:
                return ExceptionValue(value=text(item, limits.MESSAGE, notes, "exception.value"))
            if item is not None:
                notes.add("exception.values: what is not an object was left out.")
            return None
        exception = ExceptionValue(
            text(item.get("type"), limits.NAME, notes, "exception.type"),
            text(item.get("value"), limits.MESSAGE, notes, "exception.value"),
            text(item.get("module"), limits.LABEL, notes, "exception.module"),
            self._mechanism(item.get("mechanism")),
            self.stacktrace(item.get("stacktrace")),
        )
        if exception.type is None and exception.value is None and exception.stacktrace is None:
            notes.add("exception.values: one without type, value and stack trace was left out.")
            return None
        return exception

    def _mechanism(self, value: Any) -> Mechanism | None:
        notes = self._notes
        if isinstance(value, str):
            value = {"type": value}
        item = mapping(value, notes, "exception.mechanism")
        if not item:
            return None
        return Mechanism(
            text(item.get("type"), limits.NAME, notes, "exception.mechanism.type"),
            boolean(item.get("handled"), notes, "exception.mechanism.handled"),
            boolean(item.get("synthetic"), notes, "exception.mechanism.synthetic") or False,
        )

    def _thread(self, item: dict[str, Any]) -> Thread:
        notes = self._notes
        return Thread(
            text(item.get("id"), limits.NAME, notes, "threads.id"),
            text(item.get("name"), limits.NAME, notes, "threads.name"),
            boolean(item.get("crashed"), notes, "threads.crashed") or False,
            boolean(item.get("current"), notes, "threads.current") or False,
            self.stacktrace(item.get("stacktrace")),
        )

    def _frame(self, item: dict[str, Any]) -> Frame:
        notes = self._notes
        get = item.get
        filename = text(get("filename"), limits.LABEL, notes, "frame.filename")
        abs_path = text(get("abs_path"), limits.CODE, notes, "frame.abs_path")
        module = text(get("module"), limits.LABEL, notes, "frame.module")
        package = text(get("package"), limits.LABEL, notes, "frame.package")
        function = text(get("function") or get("raw_function"), limits.CODE, notes, "frame.function")
        in_app = boolean(get("in_app"), notes, "frame.in_app")
        if in_app is None:
            platform = text(get("platform"), limits.NAME, notes, "frame.platform") or self._platform
            in_app = guess_in_app(platform, module, abs_path or filename, package, function)
        context_line = get("context_line")
        return Frame(
            filename,
            abs_path,
            function,
            module,
            package,
            integer(get("lineno"), notes, "frame.lineno"),
            integer(get("colno"), notes, "frame.colno"),
            in_app,
            text(get("instruction_addr"), limits.NAME, notes, "frame.instruction_addr"),
            line(context_line, limits.SOURCE_LINE) or None if context_line else None,
            _lines(get("pre_context"), last=True),
            _lines(get("post_context"), last=False),
            self._variables(get("vars")),
        )

    def _variables(self, value: Any) -> dict[str, Any] | None:
        item = mapping(value, self._notes, "frame.vars") if value else None
        if not item:
            return None
        copied: dict[str, Any] = self._vars.copy(item)
        return copied or None


def _lines(value: Any, last: bool) -> tuple[str, ...]:
    """Lines of source, the nearest to the frame's own where there are too many."""
    if not value or value.__class__ is not list:
        return ()
    kept = value[-limits.SOURCE_LINES :] if last else value[: limits.SOURCE_LINES]
    return tuple([line(item, limits.SOURCE_LINE) for item in kept])
