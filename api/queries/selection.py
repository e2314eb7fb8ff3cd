"""What error rates are asked for, and the SQL that all measures share."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from stores.events.where import Where

#: What may be grouped by, with its column.
FACETS = {"issue": "issue_id", "environment": "environment", "release": "release", "level": "level"}

#: The issue that a row's is shown as; ``Selection.where`` gives the parameters.
_ROOT = "transform(issue_id, {merged:Array(String)}, {roots:Array(String)}, issue_id)"

Key = tuple[str, ...]

#: A value for each window, by series; the largest series first.
Values = dict[Key, list[Any]]


class Selection(NamedTuple):
    """Which counts, by column; and what they are grouped by, names of ``FACETS``. At most ``limit`` series are wanted: one
    more says that there are more. ``keys``: only these series. ``roots``: the issue that each merged one is counted as."""

    project: int
    filters: dict[str, list[str]]
    group_by: list[str]
    limit: int
    keys: list[Key] | None = None
    roots: Mapping[str, str] = {}

    @property
    def by_issue(self) -> bool:
        """Whether issues are told apart."""
        return "issue" in self.group_by or bool(self.filters.get("issue_id"))

    @property
    def key(self) -> str:
        """The SQL of a series's key."""
        columns = [
            _ROOT if name == "issue" and self.roots else f"toString({FACETS[name]})" for name in self.group_by
        ]
        return f"[{', '.join(columns)}]" if columns else "emptyArrayString()"

    def where(self) -> Where:
        """The conditions, without those of time."""
        where = Where()
        if self.roots:
            where.parameters |= {"merged": list(self.roots), "roots": list(self.roots.values())}
        where.equals("project", "UInt32", self.project)
        for column, values in self.filters.items():
            where.one_of(column, values)
        if self.keys is not None:
            where.add(
                f"{self.key} IN {where.parameter('Array(Array(String))', [list(key) for key in self.keys])}"
            )
        return where
