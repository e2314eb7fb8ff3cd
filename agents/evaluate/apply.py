"""What records of rules-matched make of the states of a partition."""

from collections.abc import Iterable, Iterator

import msgspec

from agents.evaluate.alerts import issue_of
from agents.evaluate.partition import (
    ROOT,
    PartitionStates,
    StateKey,
    is_current,
    needs_root,
    root_of,
)
from agents.evaluate.state import ScopeState
from agents.evaluate.step import (
    Moment,
    Stamp,
    add_change,
    add_event,
    add_sessions,
    give_up,
    judge_change,
    judge_event,
    judge_sessions,
    pass_time,
)
from agents.rules.book import RuleBook
from agents.rules.compiled import CompiledRule
from schemas.alerts import Alert
from schemas.rules import RuleMatches
from settings import Settings

decode_matches = msgspec.json.Decoder(RuleMatches).decode


class Application:
    """The records of one batch from one partition, applied in their order. ``touched`` are the scopes that they concern."""

    def __init__(self, states: PartitionStates, book: RuleBook, settings: Settings) -> None:
        self.touched: set[StateKey] = set()
        self.at = 0.0
        self.stamp: Stamp = (-1, -1)
        self._states = states
        self._book = book
        self._settings = settings

    def apply(self, matches: RuleMatches, stamp: Stamp) -> list[Alert]:
        """The alerts that a record leads to."""
        self.at, self.stamp = matches.at, stamp
        moment = Moment(
            matches.at, self._settings.alert_lateness, self._settings.alert_storm, self._book.is_quiet
        )
        alerts: list[Alert] = []
        if not matches.project:
            self._tick(moment, alerts)
        for event in matches.events:
            if self._states.is_copy(matches.partition, event):
                continue
            for compiled, state in self._concerned(event.rules, moment, alerts):
                bucket = add_event(compiled, state, event, moment, stamp)
                if bucket is not None and stamp > state.status_stamp:
                    alerts += judge_event(compiled, state, bucket, moment, issue_of(event))
        for change in matches.changes:
            for compiled, state in self._concerned(change.rules, moment, alerts, change.id):
                add_change(state, moment, stamp)
                if stamp > state.status_stamp:
                    alerts += judge_change(compiled, state, change, moment)
        for sessions in matches.sessions:
            for compiled, state in self._concerned(sessions.rules, moment, alerts):
                if add_sessions(compiled, state, sessions, moment) and stamp > state.status_stamp:
                    alerts += judge_sessions(compiled, state, moment)
        return alerts

    def _concerned(
        self, rules: Iterable[tuple[int, int, str]], moment: Moment, alerts: list[Alert], change: str = ""
    ) -> Iterator[tuple[CompiledRule, ScopeState]]:
        """The rules that what was matched concerns, and their states; not those that have seen the ``change`` with this id.
        What an earlier version of a rule had going on ends in ``alerts``."""
        for rule, version, scope in rules:
            compiled = self._current(rule, version)
            state = compiled and self._states.state(compiled, scope, moment.at, alerts)
            if not compiled or not state or (change and self._states.is_seen(rule, change, self.stamp)):
                continue
            self.touched.add(StateKey(rule, scope))
            yield compiled, state

    def _current(self, rule: int, version: int) -> CompiledRule | None:
        """The rule, if what was matched is of the version that holds: others are not mixed with it."""
        compiled = self._book.rules.get(rule)
        return compiled if compiled is not None and compiled.rule.version == version else None

    def _tick(self, moment: Moment, alerts: list[Alert]) -> None:
        states, book = self._states, self._book
        for compiled in states.without_root(book):
            states.state(compiled, root_of(compiled), moment.at, alerts)
            self.touched.add(StateKey(compiled.rule.id, root_of(compiled)))
        for key in list(states.due(moment.at, book)):
            state = states.states[key]
            self.touched.add(key)
            if not is_current(key, state, book):
                alerts += give_up(state, moment.at)
                states.remove(key)
                continue
            compiled = book.rules[key.rule]
            if key.scope == ROOT:
                state.due = moment.at + 60
            elif self.stamp > state.status_stamp:
                alerts += pass_time(compiled, state, moment)
                cooled = (
                    state.status.alerted is None or moment.at >= state.status.alerted + compiled.rule.cooldown
                )
                if state.status.is_idle and state.tally.last is None and cooled and not needs_root(compiled):
                    states.remove(key)
