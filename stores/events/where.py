"""Conditions of a query with their parameters: no value of a user ever becomes part of the SQL."""

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

        Whole days (of UTC) are compared as days, which the projection of issues holds. An event is received at most
        ``clock_skew`` seconds before its own time, so days of receipt before the range need not be read.
        """
        in_days = start % DAY == 0 and (end is None or end % DAY == 0)
        time = "toStartOfDay(timestamp)" if in_days else "timestamp"
        self.add(f"{time} >= {self.moment(start)}")
        if end is not None:
            self.add(f"{time} < {self.moment(end)}")
        if not in_days:
            self.add(f"received >= {self.moment(start - clock_skew)}")

    @property
    def sql(self) -> str:
        """``WHERE …``."""
        return "WHERE " + (" AND ".join(self._clauses) or "1")
