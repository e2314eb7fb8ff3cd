"""A rule over history: the alerts that it would have led to, by the same steps that the stream goes by."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import NamedTuple

from agents.evaluate.partition import needs_root, root_of
from agents.evaluate.sessions import PlayedSessions
from agents.evaluate.state import ScopeState
from agents.evaluate.step import (
    Moment,
    add_change,
    judge_change,
    judge_event,
    judge_sessions,
    new_state,
    pass_time,
)
from agents.evaluate.tally import EventTally, UserTally
from agents.rules.compiled import CompiledRule
from schemas.alerts import Alert
from schemas.rules import MatchedChange, Rule


class CountedBucket(NamedTuple):
    """What the events of one bucket of a scope come to: ``times`` events, of users with some hashes."""

    begin: int
    scope: str
    times: int
    users: tuple[int, ...] = ()


class CountedSessions(NamedTuple):
    """A window of a scope: ``total`` sessions (or users) that began before ``end``, of which some ``crashed``."""

    end: int
    scope: str
    total: int
    crashed: int


class History(NamedTuple):
    """What happened, in the order of time: buckets for rules that count, changes for those that wait for them, and for
    rules about sessions windows, whose ends lie ``step`` seconds apart."""

    buckets: Iterable[CountedBucket] = ()
    changes: Iterable[MatchedChange] = ()
    sessions: Iterable[CountedSessions] = ()
    step: int = 0


class Limits(NamedTuple):
    """The settings ``alert_lateness``, ``alert_storm`` and ``alert_scopes``."""

    lateness: float
    storm: int
    scopes: int


def replay(compiled: CompiledRule, history: History, start: float, end: float, limits: Limits) -> list[Alert]:
    """The alerts between ``start`` and ``end`` (Unix seconds) had the rule held since ``start``. Time goes in steps of the
    rule's buckets, so an alert is at most one bucket later than it would have been; sessions are judged by whole buckets."""
    run = _Replay(compiled, start, limits)
    for bucket in history.buckets:
        at = float(bucket.begin + compiled.width)
        if at > end:
            break
        run.pass_until(at)
        run.count(bucket, at)
    for change in history.changes:
        run.pass_until(change.at)
        run.change(change)
    for at, windows in groupby(history.sessions, lambda window: window.end):
        run.sessions(at, list(windows), history.step)
    run.pass_until(end)
    return run.alerts


class _Replay:
    def __init__(self, compiled: CompiledRule, start: float, limits: Limits) -> None:
        self.alerts: list[Alert] = []
        self._compiled = compiled
        self._since = start
        self._now = start
        self._step = float(compiled.width or 10)
        self._limits = limits
        self._states: dict[str, ScopeState] = {}
        if needs_root(compiled) and not compiled.rule.per:
            self._state(root_of(compiled))

    def _state(self, scope: str) -> ScopeState | None:
        if scope not in self._states:
            if len(self._states) >= self._limits.scopes:
                return None
            per = self._compiled.rule.per
            self._states[scope] = new_state(self._compiled, {per: scope} if per else {}, self._since)
        return self._states[scope]

    def _moment(self, at: float) -> Moment:
        return Moment(at, self._limits.lateness, self._limits.storm, _never)

    def count(self, bucket: CountedBucket, at: float) -> None:
        """The events of a bucket."""
        state = self._state(bucket.scope)
        if state is None:
            return
        tally = state.tally
        if isinstance(tally, EventTally):
            tally.add(bucket.begin, times=bucket.times)
        elif isinstance(tally, UserTally):
            for user in bucket.users or (None,):
                tally.add(bucket.begin, user)
        self.alerts += judge_event(self._compiled, state, bucket.begin, self._moment(at))

    def change(self, change: MatchedChange) -> None:
        """A change of an issue; its only rule is this one."""
        ((_, _, scope),) = change.rules
        state = self._state(scope)
        if state is not None:
            moment = self._moment(change.at)
            add_change(state, moment)
            self.alerts += judge_change(self._compiled, state, change, moment)

    def sessions(self, end: int, windows: list[CountedSessions], step: int) -> None:
        """The windows of all scopes that end at a time; they are judged within their last bucket, as on the stream."""
        known: list[ScopeState] = []
        for window in windows:
            state = self._state(window.scope)
            if state is None:
                continue
            if not isinstance(state.tally, PlayedSessions):
                state.tally = PlayedSessions(self._compiled.width, step)
            state.tally.know(end, window.total, window.crashed)
            known.append(state)
        self.pass_until(end - 1)
        for state in known:
            self.alerts += judge_sessions(self._compiled, state, self._moment(end - 1))

    def pass_until(self, at: float) -> None:
        """Let time pass, step by step where something is due, without what has nothing to wait for."""
        while self._states and self._now + self._step <= at:
            due = min(state.due for state in self._states.values())
            steps = max(1, int((due - self._now) // self._step))
            if self._now + steps * self._step > at:
                break
            self._now += steps * self._step
            moment = self._moment(self._now)
            for scope, state in list(self._states.items()):
                if state.due <= self._now:
                    self.alerts += pass_time(self._compiled, state, moment)
                    if state.status.is_idle and state.tally.last is None and self._is_done(state):
                        del self._states[scope]
        self._now = max(self._now, at // self._step * self._step)

    def _is_done(self, state: ScopeState) -> bool:
        cooled = state.status.alerted is None or (
            self._now >= state.status.alerted + self._compiled.rule.cooldown
        )
        return cooled and not needs_root(self._compiled)


def _never(_rule: Rule, _scope: Mapping[str, str], _at: float) -> bool:
    return False
