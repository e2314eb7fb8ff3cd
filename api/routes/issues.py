"""Issues: the list, one issue, and its events."""

import msgspec

from api.call import Call
from api.errors import not_found
from api.models import IssueDetail, Page
from api.parameters import choice, cursor, encode_cursor, limit, values
from api.queries.issues import SORTS, Order, find_issue, find_issues, project_of_issue
from api.queries.releases import find_seen
from api.queries.search import search_terms
from api.route import Route
from api.routes.paging import list_range, page_of_events
from api.suspect_commits import suspect_commits
from schemas.release import SuspectCommit
from stores.events.where import Where
from stores.search.clickhouse import ClickHouseSearch, add_terms

STATUSES = ("unresolved", "resolved", "muted")


async def list_issues(call: Call) -> Page:
    """Issues with counts, users, first and last seen, and a sparkline."""
    project = await call.project()
    query = call.query
    sort = choice(query, "sort", SORTS, "last_seen")
    status = choice(query, "status", STATUSES, "unresolved")
    size = limit(query)
    order = Order(sort, cursor(query, sort), size + 1)
    where = Where()
    where.within(*list_range(call), call.api.settings.max_clock_skew)
    where.one_of("environment", values(query, "environment"))
    where.one_of("release", values(query, "release"))
    add_terms(where, search_terms(query, "query"))
    if status != "unresolved":
        return Page([], None)
    found = await find_issues(call.api.events, [project.id], where, order, call.api.clock())
    next_cursor = None
    if len(found) > size:
        last = found[size - 1]
        next_cursor = encode_cursor(sort, last.sort_value, last.issue.id)
    return Page([item.issue for item in found[:size]], next_cursor)


async def show_issue(call: Call) -> IssueDetail:
    """One issue, with the release in which it was seen first and the commits that may have caused it."""
    issue_id = call.issue_id()
    projects = await call.visible_projects()
    issue = await find_issue(call.api.events, projects, issue_id, call.api.clock())
    if issue is None:
        raise not_found(f"issue {issue_id}")
    first_release, suspects = await _suspects(call, projects, issue_id)
    return IssueDetail(**msgspec.structs.asdict(issue), first_release=first_release, suspect_commits=suspects)


async def _suspects(call: Call, projects: list[int], issue_id: str) -> tuple[str | None, list[SuspectCommit]]:
    seen = await find_seen(call.api.events, projects, issue_id)
    if seen is None:
        return None, []
    versions = list(
        dict.fromkeys(version for version in (seen.first_release, seen.latest.release) if version)
    )
    known = {
        found.version: found for found in await call.api.operational.releases.find(seen.project, versions)
    }
    for version in versions:
        if version in known and (suspects := suspect_commits(seen.latest, known[version])):
            return seen.first_release, suspects
    return seen.first_release, []


async def list_issue_events(call: Call) -> Page:
    """Events of an issue, the newest first."""
    issue_id = call.issue_id()
    project = await project_of_issue(call.api.events, await call.visible_projects(), issue_id)
    if project is None:
        raise not_found(f"issue {issue_id}")
    # From where the issue's own figures come, so that the two agree, and do not depend on the search store.
    store = ClickHouseSearch(call.api.events, call.api.settings.max_clock_skew)
    return await page_of_events(call, store, project, issue_id=issue_id)


ROUTES = (
    Route("GET", "/api/v1/projects/{project}/issues", list_issues, gives=Page),
    Route("GET", "/api/v1/issues/{issue}", show_issue, gives=IssueDetail),
    Route("GET", "/api/v1/issues/{issue}/events", list_issue_events, gives=Page),
)
