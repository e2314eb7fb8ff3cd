"""What other settings of grouping would make of stored events: which issues would split, merge or be renewed. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from agents.fingerprint.assign import Grouper
from schemas.event import Event

#: Issues that a trial lists, those with the most events that move first; and issues that one of them names.
MAX_ISSUES = 200
MAX_OTHERS = 20


class StoredEvent(NamedTuple):
    """A stored event, the issue that it is in, and its title there."""

    issue_id: str
    event: Event
    title: str = ""


class Destination(msgspec.Struct, frozen=True):
    """Where events of an issue would go: their number, the title there, and one of them as an example.

    ``issue_id`` is the id that such events would have; ``exists`` says whether it is an issue of the trial by now.
    """

    issue_id: str
    exists: bool
    events: int
    title: str
    example: str


class IssueTrial(msgspec.Struct, frozen=True):
    """What becomes of one issue: of its ``events`` (those tried) ``stay`` would remain together as its largest part, and
    ``move`` would part from it.

    ``splits``: they would be in several issues, listed in ``into``, the largest first. ``merges_with``: issues that have
    events in one of these. ``renewed``: what stays has another id, so that it would be a new issue, while this one ends.
    """

    issue_id: str
    events: int
    stay: int
    move: int
    splits: bool
    renewed: bool
    merges_with: tuple[str, ...]
    into: tuple[Destination, ...]


class Trial(msgspec.Struct, frozen=True):
    """The outcome: figures of all issues, and those that change. ``issues`` lists at most ``MAX_ISSUES`` of them."""

    events: int
    issues_now: int
    issues_then: int
    split: int
    merged: int
    renewed: int
    unchanged: int
    issues: tuple[IssueTrial, ...]


class Attempt:
    """Tries events one after the other, so that whoever feeds it can pause in between."""

    def __init__(self, project: int, grouper: Grouper, moves: bool = False) -> None:
        """``moves``: to another version, when live issues keep their events. Then none is renewed, and what would split
        and merge says how the version groups bugs that it has not seen yet."""
        self._project = project
        self._grouper = grouper
        self._keeps = moves
        self._moves: dict[str, Counter[str]] = defaultdict(Counter)
        self._titles: dict[str, str] = {}
        self._examples: dict[tuple[str, str], str] = {}

    def add(self, stored: StoredEvent) -> None:
        """Try one event."""
        then = self._grouper.assign(self._project, stored.event)
        self._moves[stored.issue_id][then.issue_id] += 1
        self._titles.setdefault(then.issue_id, then.grouping.title)
        self._examples.setdefault((stored.issue_id, then.issue_id), stored.event.event_id)

    def outcome(self) -> Trial:
        """What became of the events so far."""
        sources: dict[str, set[str]] = defaultdict(set)
        for now, moves in self._moves.items():
            for then in moves:
                sources[then].add(now)
        split = {now for now, moves in self._moves.items() if len(moves) > 1}
        merged = {now for now, moves in self._moves.items() if any(len(sources[then]) > 1 for then in moves)}
        renewed = {now for now, moves in self._moves.items() if self._is_renewed(now, moves)}
        changed = split | merged | renewed

        def order(now: str) -> tuple[int, int, str]:
            moves = self._moves[now]
            return max(moves.values()) - moves.total(), -moves.total(), now

        return Trial(
            events=sum(moves.total() for moves in self._moves.values()),
            issues_now=len(self._moves),
            issues_then=len(sources),
            split=len(split),
            merged=len(merged),
            renewed=len(renewed),
            unchanged=len(self._moves) - len(changed),
            issues=tuple(self._issue(now, sources) for now in sorted(changed, key=order)[:MAX_ISSUES]),
        )

    def _issue(self, now: str, sources: dict[str, set[str]]) -> IssueTrial:
        moves = self._moves[now]
        own = _largest(now, moves)
        others = set().union(*[sources[then] for then in moves]) - {now}
        ranked = sorted(moves, key=lambda then: (then != own, -moves[then], then))
        return IssueTrial(
            issue_id=now,
            events=moves.total(),
            stay=moves[own],
            move=moves.total() - moves[own],
            splits=len(moves) > 1,
            renewed=self._is_renewed(now, moves),
            merges_with=tuple(sorted(others)[:MAX_OTHERS]),
            into=tuple(self._destination(now, then, moves[then]) for then in ranked[:MAX_OTHERS]),
        )

    def _is_renewed(self, now: str, moves: Counter[str]) -> bool:
        return not self._keeps and _largest(now, moves) != now

    def _destination(self, now: str, then: str, events: int) -> Destination:
        return Destination(then, then in self._moves, events, self._titles[then], self._examples[now, then])


def _largest(now: str, moves: Counter[str]) -> str:
    """The largest part of an issue is its own; of equal ones, that which has its id already."""
    return min(moves, key=lambda then: (-moves[then], then != now, then))


def try_settings(project: int, events: Iterable[StoredEvent], grouper: Grouper, moves: bool = False) -> Trial:
    """What ``grouper`` would make of events. ``moves``: see ``Attempt``."""
    attempt = Attempt(project, grouper, moves)
    for stored in events:
        attempt.add(stored)
    return attempt.outcome()
