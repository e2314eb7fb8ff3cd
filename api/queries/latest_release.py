"""The latest release of a project, by which "resolved in the next release" goes."""

from agents.fingerprint.enrich.releases import parse_release, release_key
from stores.ports import AnalyticalStore

_DAYS = 30


async def latest_release(store: AnalyticalStore, project: int, issue_ids: list[str]) -> str | None:
    """The latest release of the package that the issue was last seen in, by the order of versions; where their names hold
    none, the one that was seen last. None where the issue's events have no release."""
    rows = await store.query(
        "SELECT release FROM events WHERE project = {project:UInt32} AND issue_id IN {issues:Array(String)}"
        " AND release != '' ORDER BY timestamp DESC LIMIT 1",
        {"project": project, "issues": issue_ids},
    )
    if not rows:
        return None
    package = parse_release(rows[0]["release"]).package
    seen = await store.query(
        "SELECT release, max(bucket) AS last FROM error_counts"
        f" WHERE project = {{project:UInt32}} AND bucket >= now() - toIntervalDay({_DAYS}) AND release != ''"
        " GROUP BY release ORDER BY last DESC LIMIT 10000",
        {"project": project},
    )
    names: list[str] = [rows[0]["release"], *(row["release"] for row in seen)]
    names = [name for name in names if parse_release(name).package == package]
    keys = {name: key for name in names if (key := release_key(name)) is not None}
    if keys:
        return max(keys, key=lambda name: keys[name])
    return names[1] if len(names) > 1 else names[0]
