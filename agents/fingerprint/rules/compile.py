"""From a project's rules to what says at once which of them apply to an event."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, get_args

from agents.fingerprint.rules.faults import RuleFault
from agents.fingerprint.rules.patterns import PatternSet
from agents.fingerprint.rules.texts import Text
from schemas.event import Event, Frame
from schemas.grouping import Condition, EventField, FrameField, GroupingRule

#: Frames whose rules one project's compiled rules remember: a program has few, and sends them over and over.
_FRAMES = 1_024
_TAGS = "tags."
_EVENT_FIELDS: frozenset[str] = frozenset(get_args(EventField))
_FRAME_FIELDS: frozenset[str] = frozenset(get_args(FrameField))

#: The numbers of conditions, and whether each is negated.
_Wanted = tuple[tuple[int, bool], ...]


class CompiledRule(NamedTuple):
    """A rule whose texts are ready to be filled. ``on_frames``: it has conditions on frames."""

    rule: GroupingRule
    fingerprint: tuple[Text, ...]
    title: Text | None
    event_conditions: _Wanted
    frame_conditions: _Wanted

    @property
    def on_frames(self) -> bool:
        """Whether it has conditions on frames."""
        return bool(self.frame_conditions)


class CompiledRules:
    """All rules of a project. Each text of an event is looked at once, however many rules there are."""

    def __init__(self, rules: Sequence[CompiledRule], patterns: dict[str, PatternSet]) -> None:
        self.rules = tuple(rules)
        self._of_event = [
            (_event_texts(field), found) for field, found in patterns.items() if field not in _FRAME_FIELDS
        ]
        self._of_frame = {field: found for field, found in patterns.items() if field in _FRAME_FIELDS}
        self._frame_rules = lru_cache(maxsize=_FRAMES)(self._match_frame)

    def match_event(self, event: Event) -> list[int]:
        """The positions of the rules whose conditions on the event are met; those on frames are not looked at."""
        met: set[int] = set()
        for texts, patterns in self._of_event:
            for text in texts(event):
                met.update(patterns.match(text))
        return [at for at, rule in enumerate(self.rules) if _all_met(rule.event_conditions, met)]

    def match_frame(self, frame: Frame) -> frozenset[int]:
        """The positions of the rules that have conditions on frames, and whose conditions on frames this one meets."""
        return self._frame_rules(frame.module, frame.abs_path, frame.filename, frame.function, frame.package)

    def _match_frame(
        self,
        module: str | None,
        abs_path: str | None,
        filename: str | None,
        function: str | None,
        package: str | None,
    ) -> frozenset[int]:
        met: set[int] = set()
        for field, text in (
            ("module", module),
            ("path", abs_path),
            ("path", filename),
            ("function", function),
            ("package", package),
        ):
            if (patterns := self._of_frame.get(field)) is not None:
                met.update(patterns.match(text or ""))
        return frozenset(
            at
            for at, rule in enumerate(self.rules)
            if rule.frame_conditions and _all_met(rule.frame_conditions, met)
        )


def compile_rules(rules: Sequence[GroupingRule]) -> CompiledRules:
    """Rules that can be applied.

    Raises:
        RuleFault: the first that cannot be used, with its place.
    """
    by_field: dict[str, list[tuple[int, str, Condition]]] = defaultdict(list)
    compiled = []
    number = 0
    for at, rule in enumerate(rules):
        place = f"rules[{at}]"
        wanted: dict[bool, list[tuple[int, bool]]] = {True: [], False: []}
        for index, condition in enumerate(rule.conditions):
            where = f"{place}.conditions[{index}]"
            _check(condition, where)
            by_field[condition.field].append((number, where, condition))
            wanted[condition.field in _FRAME_FIELDS].append((number, condition.negate))
            number += 1
        compiled.append(_rule(rule, place, tuple(wanted[False]), tuple(wanted[True])))
    return CompiledRules(compiled, {field: PatternSet(field, items) for field, items in by_field.items()})


def _rule(rule: GroupingRule, place: str, on_event: _Wanted, on_frame: _Wanted) -> CompiledRule:
    if not rule.fingerprint and rule.frames is None and rule.title is None:
        raise RuleFault(place, "it does nothing; give it a fingerprint, frames or a title")
    if rule.frames is not None and not on_frame:
        raise RuleFault(
            f"{place}.frames", "it needs a condition on frames: module, path, function or package"
        )
    fingerprint = tuple(Text(text, f"{place}.fingerprint[{at}]") for at, text in enumerate(rule.fingerprint))
    title = Text(rule.title, f"{place}.title") if rule.title is not None else None
    if title is not None and title.is_default:
        raise RuleFault(f"{place}.title", "{{ default }} stands in fingerprints only")
    return CompiledRule(rule, fingerprint, title, on_event, on_frame)


def _check(condition: Condition, place: str) -> None:
    field = condition.field
    tag = field.startswith(_TAGS) and len(field) > len(_TAGS)
    if not (tag or field in _EVENT_FIELDS or field in _FRAME_FIELDS):
        known = ", ".join((*get_args(EventField), *get_args(FrameField)))
        raise RuleFault(f"{place}.field", f"takes one of {known}, or tags.NAME")
    if bool(condition.globs) == (condition.pattern is not None):
        raise RuleFault(place, "takes either globs or a pattern")


def _all_met(wanted: _Wanted, met: set[int]) -> bool:
    return all((number in met) != negate for number, negate in wanted)


def _event_texts(field: str) -> Callable[[Event], Iterable[str]]:
    if field == "type":
        return lambda event: _of_exceptions(exception.type for exception in event.exceptions)
    if field == "value":
        return lambda event: _of_exceptions(exception.value for exception in event.exceptions)
    if field.startswith(_TAGS):
        tag = field.removeprefix(_TAGS)
        return lambda event: (event.tags.get(tag, ""),)
    return lambda event: (getattr(event, field) or "",)


def _of_exceptions(texts: Iterator[str | None]) -> Iterable[str]:
    return [text or "" for text in texts] or ("",)
