"""When conditions hold: pure functions of what was counted and of a moment.

Windows slide by one bucket. A window is named by its ``end``: it reaches from ``end - window`` up to, and without, ``end``.
"""

from typing import NamedTuple

from agents.evaluate.sessions import SessionTally
from agents.evaluate.tally import EventTally, Tally, UserTally
from schemas.rules import Change, Condition, Count, CrashFree, Rate, Silence, Users

WEEK = 7 * 86_400
#: How long after the end of a window the fall of a count, or silence, is judged: what is on its way may still arrive.
GRACE = 30


class Judgement(NamedTuple):
    """What a condition says of a window. ``value`` is in the condition's unit: events, events a minute, per cent, users;
    for silence, the seconds without an event."""

    holds: bool
    value: float
    threshold: float
    start: float
    end: float


def make_tally(condition: Condition, width: int) -> Tally:
    """What a condition counts in."""
    if isinstance(condition, CrashFree):
        return SessionTally(width, condition.measure == "users")
    return UserTally(width) if isinstance(condition, Users) else EventTally(width)


def span_of(condition: Condition) -> int:
    """For how many seconds before the end of a window a condition needs what was counted."""
    if isinstance(condition, Count | Rate):
        return condition.window * condition.of
    if isinstance(condition, Change):
        return condition.window + (WEEK if condition.against == "week" else condition.window)
    if isinstance(condition, Users | Silence | CrashFree):
        return condition.window
    return 60


def rises_with_events(condition: Condition) -> bool:
    """Whether an event can make the condition hold, so that it is judged at once. The others are judged as time passes."""
    return isinstance(condition, Count | Rate | Users) or (
        isinstance(condition, Change) and condition.percent > 0
    )


def current_end(condition: Condition, width: int, at: float) -> int:
    """The end of the window that is judged at a time: the one that is under way, or, where something must be missing for
    the condition to hold, the last whole one."""
    if rises_with_events(condition) or isinstance(condition, CrashFree):
        return int(at // width + 1) * width
    return int((at - GRACE) // width) * width


def judge(condition: Condition, tally: Tally, end: int, since: float) -> Judgement | None:
    """What a condition says of the window that ends at ``end``, or None where too little is known: counting began at
    ``since``."""
    if isinstance(condition, Count | Rate):
        return _judge_above(condition, tally, end)
    if isinstance(condition, Users):
        value = tally.between(end - condition.window, end)
        return Judgement(value > condition.above, value, condition.above, end - condition.window, end)
    if isinstance(condition, Change):
        return _judge_change(condition, tally, end, since)
    if isinstance(condition, Silence):
        return _judge_silence(condition, tally, end, since)
    if isinstance(condition, CrashFree):
        return _judge_crashes(condition, tally, end)
    return None


def is_over(condition: Condition, judgement: Judgement) -> bool:
    """Whether an alert that fired before is over by this judgement."""
    below = condition.resolve_below if isinstance(condition, Count | Rate | Users) else None
    return not judgement.holds and (below is None or judgement.value < below)


def _judge_above(condition: Count | Rate, tally: Tally, end: int) -> Judgement:
    window = condition.window
    unit = 60 / window if isinstance(condition, Rate) else 1.0
    value = tally.between(end - window, end) * unit
    holds = value > condition.above
    if holds and condition.windows > 1:
        earlier = (tally.between(e - window, e) * unit for e in _ends_before(end, window, condition.of))
        holds = 1 + sum(value > condition.above for value in earlier) >= condition.windows
    return Judgement(holds, value, condition.above, end - window, end)


def _ends_before(end: int, window: int, windows: int) -> list[int]:
    return [end - window * number for number in range(1, windows)]


def _judge_change(condition: Change, tally: Tally, end: int, since: float) -> Judgement | None:
    window = condition.window
    before = end - (WEEK if condition.against == "week" else window)
    if since > before - window:
        return None
    value, base = tally.between(end - window, end), tally.between(before - window, before)
    if max(value, base) < condition.minimum:
        return Judgement(False, 0.0, condition.percent, end - window, end)
    # From nothing to something is taken for a change from one.
    percent = (value - base) / max(base, 1) * 100
    holds = percent >= condition.percent if condition.percent > 0 else percent <= condition.percent
    return Judgement(holds, percent, condition.percent, end - window, end)


def _judge_crashes(condition: CrashFree, tally: Tally, end: int) -> Judgement:
    assert isinstance(tally, SessionTally)
    start = end - condition.window
    value = tally.between(start, end)
    enough = tally.counts(start, end)[0] >= condition.minimum
    return Judgement(enough and value < condition.below, value, condition.below, start, end)


def _judge_silence(condition: Silence, tally: Tally, end: int, since: float) -> Judgement:
    last = tally.last
    heard = since if last is None else max(since, last + tally.width)
    return Judgement(end - heard >= condition.window, end - heard, condition.window, heard, end)
