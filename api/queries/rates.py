"""Error rates: a measure by windows and series, and its comparison with the period before."""

import statistics
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from api.models import ErrorRates, Point, Series
from api.queries.error_rates import error_counts
from api.queries.selection import FACETS, Selection, Values
from api.queries.session_rates import crash_free_sessions, errors_per_session, session_counts
from api.queries.unique_users import crash_free_users, users_of_errors
from api.queries.windows import Windows
from stores.ports import AnalyticalStore


class Measure(NamedTuple):
    """What is measured: how to find it, what it may be grouped by, and which facets it may be narrowed down to. Where it
    ``adds_up`` it is also told by the minute; ``of_sets`` are the measures whose windows cost more the more they overlap;
    sessions are known only by ``quarters`` of an hour."""

    find: Callable[[AnalyticalStore, Selection, Windows], Awaitable[Values]]
    group_by: tuple[str, ...]
    filters: tuple[str, ...]
    adds_up: bool = False
    of_sets: bool = False
    quarters: bool = False


_ALL = tuple(FACETS)
_OF_SESSIONS = ("release", "environment")

MEASURES = {
    "count": Measure(error_counts, _ALL, _ALL, adds_up=True),
    "users": Measure(users_of_errors, _ALL, _ALL, of_sets=True),
    "sessions": Measure(session_counts, _OF_SESSIONS, _OF_SESSIONS, adds_up=True, quarters=True),
    "crash_free_sessions": Measure(crash_free_sessions, _OF_SESSIONS, _OF_SESSIONS, quarters=True),
    "crash_free_users": Measure(crash_free_users, _OF_SESSIONS, _OF_SESSIONS, of_sets=True, quarters=True),
    "errors_per_session": Measure(errors_per_session, _OF_SESSIONS, _ALL, quarters=True),
}

#: Measures that are whole numbers; the others are parts and ratios.
WHOLE_NUMBERS = ("count", "users", "sessions")


async def error_rates(
    store: AnalyticalStore, measure: str, selection: Selection, windows: Windows, compare: bool = False
) -> ErrorRates:
    """A point for each window, by series: those with the most first, over both periods where they are compared; one series
    where nothing is grouped by."""
    kind = MEASURES[measure]
    asked = windows.with_previous() if compare else windows
    values = await kind.find(store, selection, asked)
    spans = [asked.span(begin) for begin in asked.begins]
    series = []
    for key, found in list(values.items())[: selection.limit]:
        points = [_point(*span, value, kind) for span, value in zip(spans, found, strict=True)]
        by = dict(zip(selection.group_by, key, strict=True))
        if compare:
            before, now = points[: -windows.points], points[-windows.points :]
            series.append(Series(by, now, before, _change(before, now)))
        else:
            series.append(Series(by, points))
    return ErrorRates(measure, windows.width, windows.step, series, len(values) > selection.limit)


def _point(start: int, end: int, value: int | float | None, kind: Measure) -> Point:
    return start, value, value * 60 / (end - start) if kind.adds_up and value is not None else None


def _change(before: list[Point], now: list[Point]) -> float | None:
    earlier = [value for _, value, _ in before if value is not None]
    later = [value for _, value, _ in now if value is not None]
    if not earlier or not later or not (base := statistics.fmean(earlier)):
        return None
    return statistics.fmean(later) / base - 1
