"""Conditions of a query with their parameters: no value of a user ever becomes part of the SQL."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

HOUR = 3600
DAY = 24 * HOUR


class Where:
    """A conjunction, and the parameters of a whole query."""

    def __init__(self) -> None:
        self._clauses: list[str] = []
        self.parameters: dict[str, Any] = {}

    def copy(self) -> "Where":
        """The same conditions, to go on from."""
        copy = Where()
        copy._clauses = list(self._clauses)
        copy.parameters = dict(self.parameters)
        return copy

    def branch(self) -> "Where":
        """The same conditions for another part of the same query, whose parameters are those of the whole of it."""
        branch = Where()
        branch._clauses = list(self._clauses)
        branch.parameters = self.parameters
        return branch

    @property
    def is_empty(self) -> bool:
        """Whether there is no condition."""
        return not self._clauses

    def parameter(self, kind: str, value: Any) -> str:
        """Add a value of a ClickHouse type; returns what stands for it in the SQL."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"{{{name}:{kind}}}"

    def moment(self, seconds: float) -> str:
        """Add a time in Unix seconds."""
        return f"fromUnixTimestamp64Micro({self.parameter('Int64', round(seconds * 1_000_000))}, 'UTC')"

    def add(self, clause: str) -> None:
        """Add a condition."""
        self._clauses.append(clause)

    def equals(self, column: str, kind: str, value: Any) -> None:
        """A column has a value."""
        self.add(f"{column} = {self.parameter(kind, value)}")

    def one_of(self, column: str, values: list[str]) -> None:
        """A text column has one of several values; no condition where there are none."""
        if values:
            self.add(f"{column} IN {self.parameter('Array(String)', values)}")

    def within(self, start: float, end: float | None, clock_skew: float) -> None:
        """An event's own time lies between ``start`` and, without it, ``end``: Unix seconds.

        An event is received at most ``clock_skew`` seconds before its own time, so days of receipt before the range need not
        be read.
        """
        if start > 0:
            self.add(f"timestamp >= {self.moment(start)}")
            self.add(f"received >= {self.moment(start - clock_skew)}")
        if end is not None:
            self.add(f"timestamp < {self.moment(end)}")

    def on_days(self, start: float, end: float | None, clock_skew: float) -> None:
        """An event's own time lies on one of the days (of UTC) from ``start`` to, and without, ``end``: Unix seconds at which
        a day begins. The same as ``within``, in what the projection of issues holds."""
        if start > 0:
            self.add(f"toStartOfDay(timestamp) >= {self.moment(start)}")
            received = datetime.fromtimestamp(max(start - clock_skew, 0), UTC)
            self.add(f"_partition_id >= {self.parameter('String', received.strftime('%Y%m%d'))}")
        if end is not None:
            self.add(f"toStartOfDay(timestamp) < {self.moment(end)}")

    @property
    def sql(self) -> str:
        """``WHERE …``."""
        return "WHERE " + (" AND ".join(self._clauses) or "1")


def widening(start: float, latest: float) -> Iterator[float]:
    """From when on to look for the newest of what there is since ``start``, where the newest may be at ``latest``: first since
    the beginning of the day before (in UTC), then since ``start``. Whatever finds enough has found the newest."""
    yesterday = (latest // DAY - 1) * DAY
    if yesterday > start:
        yield yesterday
    yield start
