"""The releases in which an issue was seen."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from schemas.event import Event
from stores.ports import AnalyticalStore


class Seen(NamedTuple):
    """The release in which an issue was seen first, if any is known, and its latest event."""

    first_release: str | None
    latest: Event


async def find_seen(store: AnalyticalStore, project: int, issue_ids: Sequence[str]) -> Seen | None:
    """When an issue, with those that are merged into it, was seen, by releases; None where no event of it is kept."""
    parameters = {"project": project, "issues": list(issue_ids)}
    latest = await store.query(
        "SELECT event FROM events WHERE project = {project:UInt32} AND issue_id IN {issues:Array(String)}"
        " ORDER BY timestamp DESC LIMIT 1",
        parameters,
    )
    if not latest:
        return None
    first = await store.query(
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
        parameters,
    )
    event = msgspec.json.decode(latest[0]["event"], type=Event)
    return Seen((first[0]["first"] if first else "") or None, event)
