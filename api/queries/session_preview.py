"""Windows of sessions as rules about crashes judge them, from what is stored."""

import math
from collections.abc import Callable
from typing import NamedTuple

from agents.evaluate.replay import CountedSessions
from agents.rules.compiled import CompiledRule
from schemas.rules import CrashFree
from stores.events.where import Where
from stores.ports import AnalyticalStore

#: In how many windows a session may lie at most: longer windows move on by more than a bucket at a time.
_OVERLAP = 12
#: Most slices of time and scope in all, and in one query: sets of users take up to 8 KiB for each.
MAX_SLICES = 200_000
_AT_ONCE = 6_000


class SessionWindows(NamedTuple):
    """``windows`` in the order of time, with ``sessions`` that began in them."""

    windows: list[CountedSessions]
    sessions: int


class TooManySlices(ValueError):
    """There are more than ``MAX_SLICES``."""


def step_of(condition: CrashFree, width: int) -> int:
    """Seconds from one window to the next: ``width``, or of a long window the least part that it can be divided into."""
    buckets = condition.window // width
    parts = next(parts for parts in range(min(buckets, _OVERLAP), 0, -1) if buckets % parts == 0)
    return buckets // parts * width


async def session_windows(
    store: AnalyticalStore,
    compiled: CompiledRule,
    where_of: Callable[[int, int], Where],
    scope: str,
    start: float,
    end: float,
) -> SessionWindows:
    """The windows that reach into the time from ``start`` to ``end`` (Unix seconds) and hold any sessions, by ``scope`` (the
    SQL of a column). ``where_of``: which sessions, of those that began from one second up to another.

    Raises:
        TooManySlices: there is more than can be put together in seconds.
    """
    condition = compiled.rule.condition
    assert isinstance(condition, CrashFree)
    width, step, window = compiled.width, step_of(condition, compiled.width), condition.window
    # A slice is a step long. It is named by the end of the first window that has all of it.
    piece = (
        f"intDiv(toUnixTimestamp(bucket) + {width + step - 1}, {step}) * {step} AS first, {scope} AS scope"
    )
    where = where_of(int(start) - window, int(end))
    (whole,) = await store.query(
        f"SELECT sum(all) AS sessions, count() AS slices FROM ({_sums(piece, where)})", where.parameters
    )
    if whole["slices"] > MAX_SLICES:
        raise TooManySlices
    found: list[CountedSessions] = []
    ends = range(int(start) // step * step, int(end) + window + step, step)
    at_once = math.ceil(len(ends) / math.ceil((whole["slices"] + 1) / _AT_ONCE))
    for at in range(0, len(ends), at_once):
        part = ends[at : at + at_once]
        where = where_of(max(part[0], int(start)) - window, min(part[-1], int(end)))
        slices = _sets(piece, where) if condition.measure == "users" else _sums(piece, where)
        rows = await store.query(_windows(condition, slices, part), where.parameters)
        found += [
            CountedSessions(int(row["end"]), str(row["scope"]), int(row["total"]), int(row["fell"]))
            for row in rows
        ]
    return SessionWindows(found, int(whole["sessions"]))


def _sums(piece: str, where: Where) -> str:
    """The SQL of slices: of each identity the largest totals, added up."""
    return f"""
        SELECT first, scope, sum(most) AS all, sum(most_crashed) AS fallen
        FROM
        (
            SELECT {piece}, max(sessions) AS most, max(crashed) AS most_crashed
            FROM session_counts {where.sql}
            GROUP BY bucket, release, environment, partition, opened
        )
        GROUP BY first, scope
        """


def _sets(piece: str, where: Where) -> str:
    """The SQL of slices: sets of users."""
    state = "uniqCombined64MergeState(12)"
    return (
        f"SELECT {piece}, {state}(users) AS all, {state}(crashed_users) AS fallen"
        f" FROM session_counts {where.sql} GROUP BY first, scope"
    )


def _windows(condition: CrashFree, slices: str, ends: range) -> str:
    """The SQL of the windows that have one of the ``ends``: each slice is put into every one that it is in."""
    size = "uniqCombined64Merge(12)" if condition.measure == "users" else "sum"
    return f"""
        SELECT scope, end, {size}(all) AS total, {size}(fallen) AS fell
        FROM
        (
            SELECT *, arrayJoin(range(
                greatest(first, {ends[0]}), least(first + {condition.window}, {ends[-1] + 1}), {ends.step}
            )) AS end
            FROM ({slices})
        )
        GROUP BY scope, end
        ORDER BY end, scope
        """
