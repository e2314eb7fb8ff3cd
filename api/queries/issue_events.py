"""The events that figures of issues are made of, read from where that costs the least.

Of whole days (of UTC) all that is wanted is in the projection ``days_of_issues``, which has a row for each issue and day; the
parts of days at the ends of a range, and events that a condition picks out, are read as rows. Both are added up.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from api.parameters import TimeRange
from stores.events.where import DAY, Where
from stores.ports import AnalyticalStore

ALWAYS = TimeRange(0.0, None)

#: How the projection holds the id of an issue: as 16 bytes, by which rows are told apart much faster than by 32 digits.
IN_DAYS = "toUUIDOrZero(issue_id)"


class Value(NamedTuple):
    """Something that is worked out of an issue's events: ``part`` out of those of one span, ``whole`` out of the parts."""

    part: str
    whole: str


VALUES = {
    "last_seen": Value("max(timestamp)", "toUnixTimestamp64Micro(max({}))"),
    "times": Value("count()", "toInt64(sum({}))"),
    "first_seen": Value("min(timestamp)", "toUnixTimestamp64Micro(min({}))"),
    "users": Value("uniqState(nullIf(user_key, ''))", "toInt64(uniqMerge({}))"),
}


def ids_in_days(where: Where, issue_ids: Sequence[str]) -> str:
    """The SQL of some ids in the form that the projection holds."""
    return where.parameter("Array(UUID)", [str(UUID(id)) for id in issue_ids])


class IssueEvents(NamedTuple):
    """Events of a project: within a range of their own time, of some issues (None for any), and as ``conditions`` say beside.
    ``clock_skew``: see ``Where.within``."""

    project: int
    range: TimeRange
    clock_skew: float
    issue_ids: Sequence[str] | None
    conditions: Where

    @classmethod
    def of_all(cls, project: int, clock_skew: float) -> "IssueEvents":
        """All events of a project that are kept."""
        return cls(project, ALWAYS, clock_skew, None, Where())

    def query(self) -> Where:
        """Where a query about them starts from."""
        return Where() if self.conditions.is_empty else self.conditions.copy()

    def select(self, where: Where, values: Sequence[str]) -> str:
        """The SQL of ``issue_id`` and the parts of some of ``VALUES``, by their names; an issue may come more than once.
        ``where`` comes from ``query``, and holds the parameters of the whole query."""
        selects = []
        for start, end, in_days in self._spans():
            branch = where.branch()
            branch.equals("project", "UInt32", self.project)
            issue = IN_DAYS if in_days else "issue_id"
            if self.issue_ids is not None:
                ids = (
                    ids_in_days(branch, self.issue_ids)
                    if in_days
                    else branch.parameter("Array(String)", list(self.issue_ids))
                )
                branch.add(f"{issue} IN {ids}")
            if in_days:
                branch.on_days(start, end, self.clock_skew)
            else:
                branch.within(start, end, self.clock_skew)
            columns = [f"{issue} AS issue", *(f"{VALUES[name].part} AS {name}" for name in values)]
            select = f"SELECT {', '.join(columns)} FROM events {branch.sql} GROUP BY issue"
            written = "replaceAll(toString(issue), '-', '')" if in_days else "issue"
            selects.append(f"SELECT {', '.join([f'{written} AS issue_id', *values])} FROM ({select})")
        return " UNION ALL ".join(selects)

    def _spans(self) -> list[tuple[float, float | None, bool]]:
        """Spans that make up the range, each with whether it is whole days that the projection knows."""
        start, end = self.range
        if not self.conditions.is_empty:
            return [(start, end, False)]
        first = math.ceil(start / DAY) * DAY
        last = None if end is None else math.floor(end / DAY) * DAY
        if last is not None and first >= last:
            return [(start, end, False)]
        spans: list[tuple[float, float | None, bool]] = [(first, last, True)]
        if start < first:
            spans.append((start, first, False))
        if last is not None and end is not None and last < end:
            spans.append((last, end, False))
        return spans


async def since_when(store: AnalyticalStore, events: IssueEvents, enough: int) -> float:
    """From when on there are ``enough`` of the latest of some events on which there are no conditions: the beginning of a day,
    or of their range where there are no more than that."""
    start, end = events.range
    where = Where()
    where.equals("project", "UInt32", events.project)
    if events.issue_ids is not None:
        where.add(f"{IN_DAYS} IN {ids_in_days(where, events.issue_ids)}")
    # A day that the range ends in has others too.
    where.on_days(start // DAY * DAY, None if end is None else end // DAY * DAY, events.clock_skew)
    days = await store.query(
        f"SELECT toUnixTimestamp(day) AS begin, times FROM (SELECT toStartOfDay(timestamp) AS day, count() AS times"
        f" FROM events {where.sql} GROUP BY day) ORDER BY day DESC",
        where.parameters,
    )
    found = 0
    for day in days:
        found += day["times"]
        if found >= enough:
            return max(start, float(day["begin"]))
    return start
