"""Windowed counts and rates, from the latest totals of ``error_counts``."""

import math
from itertools import accumulate
from typing import NamedTuple

from api.models import ErrorRates, Series
from stores.events.where import Where
from stores.ports import AnalyticalStore

#: What may be grouped by, with its column.
FACETS = {"issue": "issue_id", "environment": "environment", "release": "release", "level": "level"}


class Windows(NamedTuple):
    """Windows of ``width`` seconds that begin every ``step`` seconds, from ``first`` up to and without ``end``.

    Times are Unix seconds and multiples of the step, as in Kafka Streams, so that the same window is the same whatever the
    range. Equal width and step are tumbling windows.
    """

    first: int
    end: int
    width: int
    step: int

    @classmethod
    def over(cls, start: float, end: float, width: int, step: int) -> "Windows":
        """The windows that begin in a range; its start is rounded down to a step."""
        return cls(math.floor(start / step) * step, math.ceil(end / step) * step, width, step)

    @property
    def pane(self) -> int:
        """Seconds of the slices that windows are put together from."""
        return math.gcd(self.width, self.step)

    @property
    def points(self) -> int:
        """How many windows there are."""
        return max(0, self.end - self.first) // self.step

    @property
    def panes(self) -> int:
        """How many slices the windows cover."""
        return max(0, self.end - self.step + self.width - self.first) // self.pane


class Selection(NamedTuple):
    """Which counts, by column; and what they are grouped by, names of ``FACETS``."""

    project: int
    filters: dict[str, list[str]]
    group_by: list[str]
    limit: int


async def error_rates(store: AnalyticalStore, selection: Selection, windows: Windows) -> ErrorRates:
    """Series of zero-filled points, those with the most errors first; one series where nothing is grouped by."""
    totals = await _panes(store, selection, windows)
    truncated = len(totals) > selection.limit
    if not selection.group_by:
        totals = totals or {(): {}}
    series = [
        Series(dict(zip(selection.group_by, key, strict=True)), _points(panes, windows))
        for key, panes in list(totals.items())[: selection.limit]
    ]
    return ErrorRates(windows.width, windows.step, series, truncated)


async def _panes(
    store: AnalyticalStore, selection: Selection, windows: Windows
) -> dict[tuple[str, ...], dict[int, int]]:
    """Errors of each pane that has any, by series; the largest series first, at most one more than the limit."""
    where = Where()
    where.equals("project", "UInt32", selection.project)
    where.add(f"bucket >= toDateTime({where.parameter('UInt32', windows.first)}, 'UTC')")
    end = windows.first + windows.panes * windows.pane
    where.add(f"bucket < toDateTime({where.parameter('UInt32', end)}, 'UTC')")
    for column, values in selection.filters.items():
        where.one_of(column, values)
    columns = [f"toString({FACETS[name]})" for name in selection.group_by]
    key = f"[{', '.join(columns)}]" if columns else "emptyArrayString()"
    pane = where.parameter("UInt32", windows.pane)
    largest = f"""
        SELECT key, sum(errors) AS all_errors FROM latest
        GROUP BY key ORDER BY all_errors DESC, key LIMIT {where.parameter("UInt32", selection.limit + 1)}
    """
    # The identity is the table's sorting key, so totals are compared as they are read, in little memory.
    rows = await store.query(
        f"""
        WITH latest AS
        (
            SELECT bucket, {key} AS key, max(total) AS errors FROM error_counts {where.sql}
            GROUP BY project, bucket, issue_id, environment, release, level, partition, opened
        )
        SELECT key, intDiv(toUnixTimestamp(bucket), {pane}) * {pane} AS pane, sum(errors) AS errors,
            any(all_errors) AS all_errors
        FROM latest INNER JOIN ({largest if columns else f"SELECT {key} AS key, 0 AS all_errors"}) AS series USING (key)
        GROUP BY key, pane
        ORDER BY all_errors DESC, key, pane
        SETTINGS optimize_aggregation_in_order = 1
        """,
        where.parameters,
    )
    panes: dict[tuple[str, ...], dict[int, int]] = {}
    for row in rows:
        panes.setdefault(tuple(row["key"]), {})[int(row["pane"])] = int(row["errors"])
    return panes


def _points(panes: dict[int, int], windows: Windows) -> list[tuple[int, int, float]]:
    """Windows from panes, by running sums: the cost does not depend on how far windows overlap."""
    slices = (panes.get(windows.first + index * windows.pane, 0) for index in range(windows.panes))
    sums = list(accumulate(slices, initial=0))
    in_window, in_step = windows.width // windows.pane, windows.step // windows.pane
    points = []
    for index in range(windows.points):
        begin = index * in_step
        count = sums[begin + in_window] - sums[begin]
        points.append((windows.first + index * windows.step, count, count * 60 / windows.width))
    return points
