"""What is shown of issues, given their ids."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from api.models import Issue
from api.queries.issue_places import lifetimes_sql
from api.queries.issue_states import UNRESOLVED, states_sql
from api.scope import ProjectScope
from stores.events.where import HOUR, Where
from stores.operational.triage import IssueName, Triaged
from stores.ports import AnalyticalStore

SPARKLINE_HOURS = 24


class IssueFigures(NamedTuple):
    """What ClickHouse knows of an issue."""

    events: int
    users: int
    first_seen: datetime
    last_seen: datetime
    name: IssueName
    state: str
    sparkline: list[int]


async def find_figures(
    store: AnalyticalStore,
    scope: ProjectScope,
    issue_ids: Sequence[str],
    events: Where,
    now: float,
    clock_skew: float,
) -> dict[str, IssueFigures]:
    """Issues by id, counted over the events that match ``events``; those that have none are left out. ``clock_skew``: see
    ``Where.within``."""
    if not issue_ids:
        return {}
    members = scope.merged.expand(issue_ids)
    rows, first_seen, states, sparklines = await asyncio.gather(
        _counts(store, scope, members, events),
        _first_seen_of(store, scope, members),
        _states_of(store, scope, members, now),
        _sparklines(store, scope, members, now, clock_skew),
    )
    latest = await _latest(store, scope, members, events, [row["last_seen"] for row in rows])
    return {
        row["id"]: IssueFigures(
            row["count"],
            row["users"],
            first_seen.get(row["id"], row["last_seen"]),
            row["last_seen"],
            latest[row["id"]],
            states.get(row["id"], "new"),
            sparklines.get(row["id"], [0] * SPARKLINE_HOURS),
        )
        for row in rows
        if row["id"] in latest  # a replay may move events to another issue meanwhile
    }


async def _counts(
    store: AnalyticalStore, scope: ProjectScope, members: list[str], events: Where
) -> list[dict[str, Any]]:
    where = events.copy()
    where.equals("project", "UInt32", scope.project)
    where.one_of("issue_id", members)
    return await store.query(
        f"""
        SELECT {scope.root(where)} AS id, count() AS count, uniq(nullIf(user_key, '')) AS users,
            max(timestamp) AS last_seen
        FROM events {where.sql}
        GROUP BY id
        """,
        where.parameters,
    )


async def _latest(
    store: AnalyticalStore, scope: ProjectScope, members: list[str], events: Where, times: list[datetime]
) -> dict[str, IssueName]:
    """What issues are called, by their latest events, whose ``times`` are known: few rows have to be read."""
    where = events.copy()
    where.equals("project", "UInt32", scope.project)
    where.one_of("issue_id", members)
    micros = [_microseconds(time) for time in times]
    where.add(f"toUnixTimestamp64Micro(timestamp) IN {where.parameter('Array(Int64)', micros)}")
    where.add(f"timestamp >= {where.moment(min(micros, default=0) / 1_000_000)}")
    rows = await store.query(
        f"""
        SELECT {scope.root(where)} AS id, argMax((title, culprit, level, platform), timestamp) AS name
        FROM events {where.sql}
        GROUP BY id
        """,
        where.parameters,
    )
    return {row["id"]: IssueName(*row["name"]) for row in rows}


async def find_names(
    store: AnalyticalStore, scope: ProjectScope, issue_ids: Sequence[str]
) -> dict[str, IssueName]:
    """What issues are called, by their latest events."""
    members, events = scope.merged.expand(issue_ids), Where()
    rows = await _counts(store, scope, members, events)
    return await _latest(store, scope, members, events, [row["last_seen"] for row in rows])


async def _first_seen_of(store: AnalyticalStore, scope: ProjectScope, members: list[str]) -> dict[str, Any]:
    where = Where()
    only = f"AND issue_id IN {where.parameter('Array(String)', members)}"
    sql = lifetimes_sql(where, scope, scope.root(where), only)
    rows = await store.query(f"SELECT id, min(seen) AS seen FROM ({sql}) GROUP BY id", where.parameters)
    return {row["id"]: row["seen"] for row in rows}


async def _states_of(
    store: AnalyticalStore, scope: ProjectScope, members: list[str], now: float
) -> dict[str, str]:
    where = Where()
    rows = await store.query(states_sql(where, scope, now, members), where.parameters)
    return {row["id"]: row["state"] for row in rows}


async def _sparklines(
    store: AnalyticalStore, scope: ProjectScope, members: list[str], now: float, clock_skew: float
) -> dict[str, list[int]]:
    first = (int(now) // HOUR - SPARKLINE_HOURS + 1) * HOUR
    where = Where()
    where.equals("project", "UInt32", scope.project)
    where.one_of("issue_id", members)
    where.within(first, None, clock_skew)
    rows = await store.query(
        f"SELECT {scope.root(where)} AS id, toUnixTimestamp(toStartOfHour(timestamp)) AS hour, count() AS count"
        f" FROM events {where.sql} GROUP BY id, hour",
        where.parameters,
    )
    lines: dict[str, list[int]] = {}
    for row in rows:
        # An event may lie a little in the future: it belongs to the current hour.
        slot = min((row["hour"] - first) // HOUR, SPARKLINE_HOURS - 1)
        lines.setdefault(row["id"], [0] * SPARKLINE_HOURS)[slot] += row["count"]
    return lines


async def project_of_issue(store: AnalyticalStore, projects: list[int], issue_id: str) -> int | None:
    """Which of several projects an issue belongs to, or None."""
    found = await projects_of_issues(store, projects, [issue_id])
    return found.get(issue_id)


async def projects_of_issues(
    store: AnalyticalStore, projects: list[int], issue_ids: Sequence[str]
) -> dict[str, int]:
    """Which of several projects issues belong to; those that are not found are left out."""
    rows = await store.query(
        "SELECT issue_id, any(project) AS of_project FROM events"
        " WHERE project IN {projects:Array(UInt32)} AND issue_id IN {issues:Array(String)} GROUP BY issue_id",
        {"projects": projects, "issues": list(issue_ids)},
    )
    return {row["issue_id"]: int(row["of_project"]) for row in rows}


def issue_of(issue_id: str, figures: IssueFigures, scope: ProjectScope, triaged: Triaged | None) -> Issue:
    """An issue as it is shown, from what both stores know."""
    unresolved = figures.state in UNRESOLVED
    decision = triaged.decision if triaged and not unresolved else None
    return Issue(
        id=issue_id,
        project=str(scope.project),
        title=figures.name.title,
        culprit=figures.name.culprit,
        status="unresolved" if unresolved else figures.state,
        substatus=figures.state if unresolved else None,
        assignee=triaged.assignee if triaged else None,
        level=figures.name.level,
        platform=figures.name.platform,
        count=figures.events,
        users=figures.users,
        first_seen=figures.first_seen,
        last_seen=figures.last_seen,
        sparkline=figures.sparkline,
        resolution=decision.resolution if decision else None,
        mute=decision.mute if decision else None,
        merged=scope.merged.members(issue_id)[1:],
    )


def _microseconds(moment: datetime) -> int:
    """Exact, unlike a float of seconds."""
    return int(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond
