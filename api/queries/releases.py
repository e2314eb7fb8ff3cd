"""The releases in which an issue was seen."""

from typing import NamedTuple

import msgspec

from schemas.event import Event
from stores.ports import AnalyticalStore


class Seen(NamedTuple):
    """The release in which an issue was seen first, if any is known, its latest event, and whose project it is."""

    project: int
    first_release: str | None
    latest: Event


async def find_seen(store: AnalyticalStore, projects: list[int], issue_id: str) -> Seen | None:
    """When an issue was seen, by releases; None where no event of it is kept."""
    latest = await store.query(
        "SELECT project, event FROM events WHERE project IN {projects:Array(UInt32)} AND issue_id = {issue:String}"
        " ORDER BY timestamp DESC LIMIT 1",
        {"projects": projects, "issue": issue_id},
    )
    if not latest:
        return None
    project = int(latest[0]["project"])
    first = await store.query(
        """
        SELECT argMin(release, seen) AS first FROM
        (
            SELECT release, min(timestamp) AS seen FROM events
            WHERE project = {project:UInt32} AND issue_id = {issue:String} AND release != '' GROUP BY release
            UNION ALL
            SELECT release, at AS seen FROM issues
            WHERE project = {project:UInt32} AND issue_id = {issue:String} AND release != ''
        )
        """,
        {"project": project, "issue": issue_id},
    )
    event = msgspec.json.decode(latest[0]["event"], type=Event)
    return Seen(project, (first[0]["first"] if first else "") or None, event)
