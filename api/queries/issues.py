"""What is shown of issues, given their ids."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from api.models import Issue
from api.parameters import microseconds
from api.queries.issue_events import IssueEvents
from api.queries.issue_places import lifetimes_sql
from api.queries.issue_states import UNRESOLVED, find_states
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
    store: AnalyticalStore, scope: ProjectScope, issue_ids: Sequence[str], events: IssueEvents, now: float
) -> dict[str, IssueFigures]:
    """Issues by id, counted over ``events``; those that have none of them are left out."""
    if not issue_ids:
        return {}
    members = scope.merged.expand(issue_ids)
    counts, first_seen, states, sparklines = await asyncio.gather(
        _counts(store, scope, members, events),
        _first_seen_of(store, scope, members),
        find_states(store, scope, members, now),
        _sparklines(store, scope, members, now, events.clock_skew),
    )
    names = await _names(store, scope, counts, events)
    return {
        id: IssueFigures(
            count.events,
            count.users,
            first_seen.get(id, count.last_seen),
            count.last_seen,
            names[id],
            states.get(id, "new"),
            sparklines.get(id, [0] * SPARKLINE_HOURS),
        )
        for id, count in counts.items()
        if id in names  # a replay may move events to another issue meanwhile
    }


class _Count(NamedTuple):
    events: int
    users: int
    last_seen: datetime


async def _counts(
    store: AnalyticalStore, scope: ProjectScope, members: list[str], events: IssueEvents
) -> dict[str, _Count]:
    where = events.query()
    parts = events._replace(issue_ids=members).select(where, ["times", "users", "last_seen"])
    rows = await store.query(
        f"""
        SELECT {scope.root(where)} AS id, sum(times) AS event_count, uniqMerge(users) AS user_count,
            max(last_seen) AS latest
        FROM ({parts})
        GROUP BY id
        """,
        where.parameters,
    )
    return {row["id"]: _Count(row["event_count"], row["user_count"], row["latest"]) for row in rows}


async def _names(
    store: AnalyticalStore, scope: ProjectScope, counts: Mapping[str, _Count], events: IssueEvents
) -> dict[str, IssueName]:
    """What issues are called, by their latest events, whose times are known: few rows have to be read."""
    if not counts:
        return {}
    where = events.query()
    where.equals("project", "UInt32", scope.project)
    latest = [
        (member, microseconds(count.last_seen))
        for id, count in counts.items()
        for member in scope.merged.members(id)
    ]
    pairs = where.parameter("Array(Tuple(String, Int64))", latest)
    where.add(
        "(issue_id, timestamp) GLOBAL IN (SELECT latest.1, fromUnixTimestamp64Micro(latest.2, 'UTC')"
        f" FROM (SELECT arrayJoin({pairs}) AS latest))"
    )
    where.add(f"received >= {where.moment(min(at for _, at in latest) / 1_000_000 - events.clock_skew)}")
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
    store: AnalyticalStore, scope: ProjectScope, issue_ids: Sequence[str], clock_skew: float
) -> dict[str, IssueName]:
    """What issues are called, by their latest events. ``clock_skew``: see ``Where.within``."""
    events = IssueEvents.of_all(scope.project, clock_skew)
    counts = await _counts(store, scope, scope.merged.expand(issue_ids), events)
    return await _names(store, scope, counts, events)


async def _first_seen_of(store: AnalyticalStore, scope: ProjectScope, members: list[str]) -> dict[str, Any]:
    where = Where()
    sql = lifetimes_sql(where, scope, members)
    rows = await store.query(f"SELECT id, min(seen) AS seen FROM ({sql}) GROUP BY id", where.parameters)
    return {row["id"]: row["seen"] for row in rows}


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
