"""The releases in which an issue was seen."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from api.parameters import microseconds
from api.queries.issue_events import IssueEvents
from api.queries.issues import IssueFigures
from schemas.event import Event
from stores.events.where import Where
from stores.ports import AnalyticalStore


class Seen(NamedTuple):
    """The release in which an issue was seen first, if any is known, and its latest event, if any is kept."""

    first_release: str | None
    latest: Event | None


async def find_seen(store: AnalyticalStore, events: IssueEvents, figures: IssueFigures) -> Seen:
    """What the first and the latest of an issue's events say, of which ``figures`` knows the times."""
    where = Where()
    where.equals("project", "UInt32", events.project)
    where.one_of("issue_id", list(events.issue_ids or []))
    first, latest = where.branch(), where.branch()
    first.add(f"timestamp = {_moment(where, figures.first_seen)}")
    latest.add(f"timestamp = {_moment(where, figures.last_seen)}")
    latest.add(f"received >= {where.moment(figures.last_seen.timestamp() - events.clock_skew)}")
    rows = await store.query(
        f"""
        SELECT is_latest, release_then, event FROM
        (
            SELECT 0 AS is_latest, max(release) AS release_then, '' AS event FROM events {first.sql}
            UNION ALL
            (SELECT 1 AS is_latest, '' AS release_then, event FROM events {latest.sql} LIMIT 1)
        )
        ORDER BY is_latest
        """,
        where.parameters,
    )
    event = msgspec.json.decode(rows[1]["event"], type=Event) if len(rows) > 1 else None
    return Seen(rows[0]["release_then"] or await _first_release(store, events), event)


def _moment(where: Where, moment: datetime) -> str:
    return f"fromUnixTimestamp64Micro({where.parameter('Int64', microseconds(moment))}, 'UTC')"


async def _first_release(store: AnalyticalStore, events: IssueEvents) -> str | None:
    """The release of the first event that has one, among all that are kept and those that changed the issue."""
    rows = await store.query(
        """
        SELECT argMin(release, seen) AS first FROM
        (
            SELECT release, min(timestamp) AS seen FROM events
            WHERE project = {project:UInt32} AND issue_id IN {issues:Array(String)} AND release != '' GROUP BY release
            UNION ALL
            SELECT release, at AS seen FROM issues
            WHERE project = {project:UInt32} AND issue_id IN {issues:Array(String)} AND release != ''
        )
        """,
        {"project": events.project, "issues": list(events.issue_ids or [])},
    )
    return (rows[0]["first"] if rows else "") or None
