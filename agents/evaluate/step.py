"""The pure step of evaluate: what an event, a change of an issue, or the passing of time means for one scope of a rule.

Each function changes the state that it is given and returns the alerts to send. They depend on nothing but the records that
were applied before, in their order; so whoever applies them again, after a crash or over history, comes to the same alerts.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from agents.evaluate.alerts import (
    MOST_ISSUES,
    alert_id,
    counted_alert,
    given_up,
    issue_of,
    issues_alert,
    storm_alert,
)
from agents.evaluate.conditions import (
    GRACE,
    Judgement,
    current_end,
    is_over,
    judge,
    make_tally,
    rises_with_events,
    span_of,
)
from agents.evaluate.sessions import SessionTally
from agents.evaluate.state import Firing, ScopeState, Status
from agents.evaluate.tally import EventTally, Tally, UserTally
from agents.rules.compiled import CompiledRule
from schemas.alerts import Alert, AlertIssue, AlertWindow
from schemas.rules import Change, Condition, CountedEvent, MatchedChange, MatchedSessions, Rule, Silence

#: Width of the buckets in which changes of issues are counted against storms, and the time over which they are.
_STORM_BUCKET = 10
_STORM_SPAN = 60
#: How often a state is looked at to drop what it no longer needs.
_TIDY_INTERVAL = 60.0


Stamp = tuple[int, int]

_NONE: Stamp = (-1, -1)
_LATEST: Stamp = (1 << 63, 0)


class Moment(NamedTuple):
    """When something is judged, in Unix seconds, and by what. Windows that ended more than ``lateness`` seconds before no
    longer fire; more than ``storm`` changes a minute are a storm."""

    at: float
    lateness: float
    storm: int
    is_quiet: Callable[[Rule, Mapping[str, str], float], bool]


def new_state(compiled: CompiledRule, scope: dict[str, str], since: float) -> ScopeState:
    """The state of a scope that nothing is known of."""
    width = compiled.width or _STORM_BUCKET
    return ScopeState(
        Status(compiled.rule.version, since, scope), make_tally(compiled.rule.condition, width), due=since
    )


def add_event(
    compiled: CompiledRule, state: ScopeState, event: CountedEvent, moment: Moment, stamp: Stamp = _LATEST
) -> int | None:
    """Count an event, unless the record of ``stamp`` was counted before; returns its bucket, None where it is too old to
    matter."""
    tally = state.tally
    bucket = int(event.timestamp // tally.width) * tally.width
    if bucket + tally.width <= moment.at - moment.lateness - span_of(compiled.rule.condition):
        return None
    _add(state, bucket, event.user, stamp)
    return bucket


def judge_event(
    compiled: CompiledRule, state: ScopeState, bucket: int, moment: Moment, issue: AlertIssue | None = None
) -> list[Alert]:
    """What it means that there are more events in a bucket."""
    condition, tally, at = compiled.rule.condition, state.tally, moment.at
    if isinstance(condition, Silence):
        if state.status.firing is None or bucket + tally.width <= at - condition.window:
            return []
        return _resolve(compiled.rule, state, at)
    if state.status.firing is not None or not rises_with_events(condition):
        return []
    for end in _ends_of(condition, tally, bucket, moment):
        judgement = judge(condition, tally, end, state.status.since)
        if judgement is not None and judgement.holds:
            return _fire(compiled.rule, state, judgement, moment, (issue,) if issue else ())
    return []


def _ends_of(condition: Condition, tally: Tally, bucket: int, moment: Moment) -> range:
    """The ends of the windows in which a bucket counts and that may still fire, without those that end later than need be:
    they hold nothing that an earlier one does not."""
    width = tally.width
    reach = condition.window if isinstance(condition, Change) else span_of(condition)
    newest = bucket if tally.last is None else max(bucket, tally.last)
    earliest = int((moment.at - moment.lateness) // width + 1) * width
    return range(max(bucket + width, earliest), min(bucket + reach, max(newest + width, earliest)) + 1, width)


def add_sessions(
    compiled: CompiledRule, state: ScopeState, sessions: MatchedSessions, moment: Moment
) -> bool:
    """Note totals of sessions, again and again to the same effect; returns whether they are new enough to matter."""
    tally = state.tally
    assert isinstance(tally, SessionTally)
    if sessions.bucket + tally.width <= moment.at - moment.lateness - span_of(compiled.rule.condition):
        return False
    tally.put(sessions)
    state.changed_pages.add(tally.page_of(sessions.bucket))
    return True


def judge_sessions(compiled: CompiledRule, state: ScopeState, moment: Moment) -> list[Alert]:
    """What it means that there are more sessions, or more that crashed."""
    rule, tally = compiled.rule, state.tally
    if state.status.firing is not None:
        return []
    end = current_end(rule.condition, tally.width, moment.at)
    judgement = judge(rule.condition, tally, end, state.status.since)
    return _fire(rule, state, judgement, moment) if judgement is not None and judgement.holds else []


def add_change(state: ScopeState, moment: Moment, stamp: Stamp = _LATEST) -> None:
    """Count a change of an issue, unless the record of ``stamp`` was counted before."""
    _add(state, int(moment.at // _STORM_BUCKET) * _STORM_BUCKET, None, stamp)


def judge_change(
    compiled: CompiledRule, state: ScopeState, change: MatchedChange, moment: Moment
) -> list[Alert]:
    """What it means that an issue has changed as the rule waits for."""
    rule, status, at = compiled.rule, state.status, moment.at
    issue = issue_of(change)
    if status.storm is not None:
        _gather(state, issue)
        return []
    if moment.is_quiet(rule, status.scope, at):
        return []
    if _lately(state, at) > moment.storm:
        return _begin_storm(rule, state, issue, moment)
    if status.alerted is not None:
        if at < status.alerted + rule.digest:
            _gather(state, issue)
            return []
        if at < status.alerted + rule.cooldown:
            return []
    _note_alert(state, at)
    firing = Firing(alert_id(rule, status.scope, change.id), at)
    return [issues_alert(rule, status.scope, firing, [issue], 1)]


def _add(state: ScopeState, bucket: int, user: int | None, stamp: Stamp) -> None:
    assert isinstance(state.tally, EventTally | UserTally)
    page = state.tally.page_of(bucket)
    if stamp > state.page_stamps.get(page, _NONE):
        state.tally.add(bucket, user)
        state.changed_pages.add(page)


def pass_time(compiled: CompiledRule, state: ScopeState, moment: Moment) -> list[Alert]:
    """Time has come to ``moment.at``."""
    if compiled.change:
        alerts = _pass_time_of_changes(compiled.rule, state, moment)
    else:
        alerts = _pass_time_of_counts(compiled.rule, state, moment)
    _tidy(compiled.rule, state, moment)
    return alerts


def give_up(state: ScopeState, at: float) -> list[Alert]:
    """The rule is changed, disabled or gone: what was told of and goes on is over."""
    going_on = (state.status.firing, state.status.storm)
    return [
        given_up(firing.told, at) for firing in going_on if firing is not None and firing.told is not None
    ]


def _pass_time_of_counts(rule: Rule, state: ScopeState, moment: Moment) -> list[Alert]:
    condition, status, tally, at = rule.condition, state.status, state.tally, moment.at
    end = current_end(condition, tally.width, at)
    if rises_with_events(condition) and tally.last is not None:
        # Clocks that are ahead: what fired for a window still to come is not over before it.
        end = max(end, tally.last + tally.width)
    judgement = judge(condition, tally, end, status.since)
    if status.firing is None:
        return _fire(rule, state, judgement, moment) if judgement is not None and judgement.holds else []
    if judgement is None or is_over(condition, judgement):
        return _resolve(rule, state, at)
    if status.firing.told is None and not moment.is_quiet(rule, status.scope, at):
        return _tell(rule, state, status.firing)
    return []


def _pass_time_of_changes(rule: Rule, state: ScopeState, moment: Moment) -> list[Alert]:
    status, at = state.status, moment.at
    if status.storm is not None:
        if _lately(state, at) > moment.storm / 2:
            return []
        alert = storm_alert(
            rule, status.scope, status.storm, status.gathered, status.gathered_count, ended=at
        )
        status.storm = None
    elif status.gathered_count and status.alerted is not None and at >= status.alerted + rule.digest:
        firing = Firing(alert_id(rule, status.scope, f"digest {status.alerted}"), at)
        alert = issues_alert(rule, status.scope, firing, status.gathered, status.gathered_count)
        _note_alert(state, at)
    else:
        return []
    status.gathered, status.gathered_count = [], 0
    state.changed = True
    return [alert]


def _fire(
    rule: Rule, state: ScopeState, judgement: Judgement, moment: Moment, issues: tuple[AlertIssue, ...] = ()
) -> list[Alert]:
    status, at = state.status, moment.at
    if status.alerted is not None and at < status.alerted + rule.cooldown:
        return []
    # A silence is known by when it began, any other condition by the window in which it held.
    window = judgement.start if isinstance(rule.condition, Silence) else judgement.end
    status.firing = Firing(
        alert_id(rule, status.scope, f"window {window:.0f}"),
        at,
        None,
        judgement.value,
        judgement.threshold,
        AlertWindow(judgement.start, judgement.end),
    )
    _note_alert(state, at)
    return [] if moment.is_quiet(rule, status.scope, at) else _tell(rule, state, status.firing, issues)


def _tell(rule: Rule, state: ScopeState, firing: Firing, issues: tuple[AlertIssue, ...] = ()) -> list[Alert]:
    alert = counted_alert(rule, state.status.scope, firing, issues)
    state.status.firing = msgspec.structs.replace(firing, told=alert)
    state.changed = True
    return [alert]


def _resolve(rule: Rule, state: ScopeState, at: float) -> list[Alert]:
    firing, state.status.firing = state.status.firing, None
    if firing is None:
        return []
    state.changed = True
    state.due = at
    return [counted_alert(rule, state.status.scope, firing, ended=at)] if firing.told is not None else []


def _begin_storm(rule: Rule, state: ScopeState, issue: AlertIssue, moment: Moment) -> list[Alert]:
    status, at = state.status, moment.at
    count = int(_lately(state, at))
    storm = Firing(
        alert_id(rule, status.scope, f"storm {at:.3f}"), at, None, float(count), float(moment.storm)
    )
    alert = storm_alert(rule, status.scope, storm, [issue], count)
    status.storm = msgspec.structs.replace(storm, told=alert)
    _gather(state, issue)
    _note_alert(state, at)
    return [alert]


def _lately(state: ScopeState, at: float) -> float:
    """Changes in about the last minute."""
    end = int(at // _STORM_BUCKET + 1) * _STORM_BUCKET
    return state.tally.between(end - _STORM_SPAN, end)


def _gather(state: ScopeState, issue: AlertIssue) -> None:
    status = state.status
    if len(status.gathered) < MOST_ISSUES:
        status.gathered = [*status.gathered, issue]
    status.gathered_count += 1
    state.changed = True
    state.due = 0.0


def _note_alert(state: ScopeState, at: float) -> None:
    state.status.alerted = at
    state.changed = True
    state.due = at


def _tidy(rule: Rule, state: ScopeState, moment: Moment) -> None:
    """Drop the buckets that no window reaches any more, and say when to look again."""
    status, at = state.status, moment.at
    cutoff = at - moment.lateness - span_of(rule.condition)
    state.old_pages |= state.tally.drop_before(int(cutoff // state.tally.width) * state.tally.width)
    state.due = at + _TIDY_INTERVAL
    if isinstance(rule.condition, Silence) and status.firing is None:
        heard = (
            status.since
            if state.tally.last is None
            else max(status.since, state.tally.last + state.tally.width)
        )
        state.due = max(at, min(state.due, heard + rule.condition.window + GRACE))
    elif not status.is_idle or _waits_for_less(rule):
        state.due = at
    elif status.alerted is not None and at < status.alerted + rule.cooldown:
        state.due = min(state.due, status.alerted + rule.cooldown)


def _waits_for_less(rule: Rule) -> bool:
    return isinstance(rule.condition, Change) and not rises_with_events(rule.condition)
