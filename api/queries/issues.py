"""The list of issues, and one issue."""

from typing import Any, NamedTuple

from api.models import Issue
from stores.events.where import HOUR, Where
from stores.ports import AnalyticalStore

SORTS = ("last_seen", "first_seen", "count", "users")
SPARKLINE_HOURS = 24

_SORT_VALUES = {
    "last_seen": "toUnixTimestamp64Micro(last_seen)",
    "first_seen": "toUnixTimestamp64Micro(first_seen)",
    "count": "toInt64(count)",
    "users": "toInt64(users)",
}


class Order(NamedTuple):
    """Descending by one of ``SORTS``, then by id; only what comes after ``after``, a (sorting value, id)."""

    sort: str
    after: tuple[int, str] | None
    limit: int


class FoundIssue(NamedTuple):
    """An issue with the value that it is sorted by."""

    issue: Issue
    sort_value: int


async def find_issues(
    store: AnalyticalStore, projects: list[int], where: Where, order: Order, now: float
) -> list[FoundIssue]:
    """Issues that have events which match ``where``, counted over those events. Times of first sight are of all events
    that are kept, or of the issue's own record where its first event is not kept any more."""
    in_projects = f"project IN {where.parameter('Array(UInt32)', projects)}"
    after = ""
    if order.after is not None:
        value, id = where.parameter("Int64", order.after[0]), where.parameter("String", order.after[1])
        after = f"WHERE (sort_value, issue_id) < ({value}, {id})"
    rows = await store.query(
        f"""
        SELECT project, issue_id, count, users, first_seen, last_seen, latest,
            {_SORT_VALUES[order.sort]} AS sort_value
        FROM
        (
            SELECT project, issue_id, count() AS count, uniq(nullIf(user_key, '')) AS users,
                max(timestamp) AS last_seen, argMax((title, culprit, level, platform), timestamp) AS latest
            FROM events {where.sql} AND {in_projects}
            GROUP BY project, issue_id
        ) AS matching
        INNER JOIN
        (
            SELECT project, issue_id, min(seen) AS first_seen
            FROM
            (
                SELECT project, issue_id, min(timestamp) AS seen FROM events
                WHERE {in_projects} GROUP BY project, issue_id
                UNION ALL
                SELECT project, issue_id, min(at) AS seen FROM issues
                WHERE {in_projects} GROUP BY project, issue_id
            )
            GROUP BY project, issue_id
        ) AS lifetimes USING (project, issue_id)
        {after}
        ORDER BY sort_value DESC, issue_id DESC
        LIMIT {where.parameter("UInt32", order.limit)}
        """,
        where.parameters,
    )
    sparklines = await _sparklines(store, projects, [row["issue_id"] for row in rows], now)
    return [FoundIssue(_issue(row, sparklines), row["sort_value"]) for row in rows]


async def find_issue(store: AnalyticalStore, projects: list[int], issue_id: str, now: float) -> Issue | None:
    """One issue over all events that are kept, or None."""
    where = Where()
    where.equals("issue_id", "String", issue_id)
    found = await find_issues(store, projects, where, Order("last_seen", None, 1), now)
    return found[0].issue if found else None


async def project_of_issue(store: AnalyticalStore, projects: list[int], issue_id: str) -> int | None:
    """Which of several projects an issue belongs to, or None."""
    rows = await store.query(
        "SELECT project FROM events WHERE project IN {projects:Array(UInt32)} AND issue_id = {issue:String} LIMIT 1",
        {"projects": projects, "issue": issue_id},
    )
    return int(rows[0]["project"]) if rows else None


async def _sparklines(
    store: AnalyticalStore, projects: list[int], issue_ids: list[str], now: float
) -> dict[str, list[int]]:
    first = (int(now) // HOUR - SPARKLINE_HOURS + 1) * HOUR
    lines = {issue_id: [0] * SPARKLINE_HOURS for issue_id in issue_ids}
    if not issue_ids:
        return lines
    where = Where()
    where.add(f"project IN {where.parameter('Array(UInt32)', projects)}")
    where.one_of("issue_id", issue_ids)
    where.add(f"toStartOfHour(timestamp) >= {where.moment(first)}")
    rows = await store.query(
        "SELECT issue_id, toUnixTimestamp(toStartOfHour(timestamp)) AS hour, count() AS count"
        f" FROM events {where.sql} GROUP BY issue_id, toStartOfHour(timestamp)",
        where.parameters,
    )
    for row in rows:
        # An event may lie a little in the future: it belongs to the current hour.
        slot = min((row["hour"] - first) // HOUR, SPARKLINE_HOURS - 1)
        lines[row["issue_id"]][slot] += row["count"]
    return lines


def _issue(row: dict[str, Any], sparklines: dict[str, list[int]]) -> Issue:
    title, culprit, level, platform = row["latest"]
    return Issue(
        id=row["issue_id"],
        project=str(row["project"]),
        title=title,
        culprit=culprit,
        status="unresolved",
        level=level,
        platform=platform,
        count=row["count"],
        users=row["users"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        sparkline=sparklines[row["issue_id"]],
    )
