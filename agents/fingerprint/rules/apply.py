"""What a project's rules do to one event: before it is grouped, and to what came of that."""

from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from agents.fingerprint.grouping_v1.titles import thread_stacktrace
from agents.fingerprint.limits import FINGERPRINT
from agents.fingerprint.rules.compile import CompiledRules
from schemas.event import Event, Frame, Stacktrace
from schemas.grouping import FrameAction
from schemas.records import Component, Grouping

_LONGEST_TITLE = 200
#: Rules that an explanation names, and frames that it names of each.
MAX_RULES_EXPLAINED = 10
_FRAMES_NAMED = 3
_DONE: dict[FrameAction, str] = {"in_app": "in-app", "system": "not in-app", "ignored": "ignored"}


class Applied(NamedTuple):
    """An event as it is to be grouped. ``given_by`` says who gave its fingerprint: a rule, by its name, or None for no rule.

    ``title`` is None where no rule gives one. ``components`` say which rule did what.
    """

    event: Event
    given_by: str | None
    title: str | None
    components: tuple[Component, ...]

    def explained(self, grouping: Grouping) -> Grouping:
        """The grouping of the event with the rules' title and what they did."""
        if not self.components:
            return grouping
        components = self.components + grouping.components
        title = grouping.title if self.title is None else self.title
        return replace(grouping, components=components, title=title)


def apply(rules: CompiledRules, event: Event, without_variables: Callable[[str], str]) -> Applied:
    """The event with what the rules say of its frames and its fingerprint. The event itself is not changed.

    ``without_variables`` replaces the variable parts of messages, in the manner of the version that groups.
    """
    candidates = rules.match_event(event)
    if not candidates:
        return Applied(event, None, None, ())
    frames = _Frames(rules, candidates)
    changed = frames.change(event)
    matching = [at for at in candidates if not rules.rules[at].on_frames or at in frames.met]
    fingerprint = next((at for at in matching if rules.rules[at].fingerprint), None)
    titled = next((at for at in matching if rules.rules[at].title is not None), None)
    given_by = title = None
    # Variables stand for frames as the rules see them, and not for the fingerprint that is replaced.
    if titled is not None and (text := rules.rules[titled].title) is not None:
        title = text.fill(changed).strip().split("\n", 1)[0][:_LONGEST_TITLE]
    if fingerprint is not None:
        parts = [
            part.fill(changed, without_variables)[:FINGERPRINT]
            for part in rules.rules[fingerprint].fingerprint
        ]
        given_by = f"given by the rule {rules.rules[fingerprint].rule.name!r}"
        changed = replace(changed, fingerprint=tuple(parts))
    said = {at: frames.said(at) for at in matching}
    for at, words in ((fingerprint, "gave the fingerprint"), (titled, "gave the title")):
        if at is not None:
            said[at] = [*said[at], words]
    components = [
        Component("rule", False, "; ".join(words), rules.rules[at].rule.name)
        for at, words in said.items()
        if words
    ]
    return Applied(changed, given_by, title, tuple(_bounded(components)))


class _Frames:
    """Does to frames what rules say, and remembers which rules met any and what they did."""

    def __init__(self, rules: CompiledRules, candidates: list[int]) -> None:
        self._rules = rules
        self._candidates = frozenset(candidates)
        self.met: set[int] = set()
        self._done: dict[int, list[str]] = defaultdict(list)

    def change(self, event: Event) -> Event:
        """The event with its frames as the rules have them: those that it is grouped by."""
        if not any(self._rules.rules[at].on_frames for at in self._candidates):
            return event
        exceptions = tuple(
            replace(exception, stacktrace=self._stacktrace(exception.stacktrace))
            if exception.stacktrace
            else exception
            for exception in event.exceptions
        )
        own = self._stacktrace(event.stacktrace) if event.stacktrace else None
        threads = event.threads
        if own is None and not any(exception.stacktrace for exception in event.exceptions):
            chosen = thread_stacktrace(event)
            threads = tuple(
                replace(thread, stacktrace=self._stacktrace(chosen))
                if chosen is not None and thread.stacktrace is chosen
                else thread
                for thread in event.threads
            )
        return replace(event, exceptions=exceptions, stacktrace=own, threads=threads)

    def said(self, at: int) -> list[str]:
        """What a rule did to frames, in words."""
        done = self._done.get(at)
        action = self._rules.rules[at].rule.frames
        if not done or action is None:
            return []
        named = list(dict.fromkeys(done))
        more = f" and {len(named) - _FRAMES_NAMED} more" if len(named) > _FRAMES_NAMED else ""
        frames = "1 frame" if len(done) == 1 else f"{len(done)} frames"
        return [f"made {frames} {_DONE[action]}: {', '.join(named[:_FRAMES_NAMED])}{more}"]

    def _stacktrace(self, stacktrace: Stacktrace) -> Stacktrace | None:
        frames = [found for frame in stacktrace.frames if (found := self._frame(frame)) is not None]
        return Stacktrace(tuple(frames)) if frames else None

    def _frame(self, frame: Frame) -> Frame | None:
        met = self._rules.match_frame(frame) & self._candidates
        if not met:
            return frame
        self.met |= met
        for at in sorted(met):
            action = self._rules.rules[at].rule.frames
            if action is not None:
                self._done[at].append(_name(frame))
                return None if action == "ignored" else replace(frame, in_app=action == "in_app")
        return frame


def _name(frame: Frame) -> str:
    place = frame.module or frame.filename or frame.abs_path or frame.package or "?"
    return f"{place[:100]} {(frame.function or '?')[:100]}"


def _bounded(components: list[Component]) -> list[Component]:
    if len(components) <= MAX_RULES_EXPLAINED:
        return components
    left = len(components) - MAX_RULES_EXPLAINED + 1
    rest = Component("rule", False, f"{left} further rules did something")
    return [*components[: MAX_RULES_EXPLAINED - 1], rest]
