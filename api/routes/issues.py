"""Issues: the list, one issue, its events, and how their tags are spread."""

from typing import NamedTuple

import msgspec

from api.call import Call
from api.declarations import BETWEEN, ENVIRONMENT, ISSUE, PAGED, RELEASE, any_text, one_of
from api.errors import ApiError, not_found
from api.issue_list import IssueQuery, page_of_issue_ids, page_of_issues
from api.models import Issue, IssueDetail, Page, Tags
from api.parameters import choice, cursor, event_id_of, issue_ids, limit, values
from api.queries.issue_events import IssueEvents
from api.queries.issue_places import SORTS, Order
from api.queries.issue_states import STATUSES
from api.queries.issues import find_figures, issue_of
from api.queries.releases import Seen, find_seen
from api.queries.tags import find_tags
from api.route import Route
from api.routes.paging import list_range, page_of_events
from api.scope import ProjectScope, issue_scope
from api.suspect_commits import suspect_commits
from schemas.release import SuspectCommit
from stores.ports import EventSummary
from stores.search.clickhouse import ClickHouseSearch


class ScopedIssue(NamedTuple):
    """An issue that the caller may see: the one that is shown, which is another than was asked for where that is merged."""

    id: str
    scope: ProjectScope

    @property
    def members(self) -> list[str]:
        """The issues that it consists of, itself first."""
        return self.scope.merged.members(self.id)


async def list_issues(call: Call) -> Page[Issue]:
    """Issues with counts, users, first and last seen, and a sparkline."""
    project = await call.project()
    return await page_of_issues(call, project, _wanted(call))


async def list_issue_ids(call: Call) -> Page[str]:
    """The ids of issues that match, in the order of the list: what a decision about all of them takes."""
    project = await call.project()
    return await page_of_issue_ids(call, project, _wanted(call))


def _wanted(call: Call) -> IssueQuery:
    query = call.query
    sort = choice(query, _SORT)
    return IssueQuery(
        query.get(_QUERY.name, ""),
        choice(query, _STATUS) if _STATUS.name in query else None,
        issue_ids(query, ISSUE),
        values(query, ENVIRONMENT),
        values(query, RELEASE),
        list_range(call),
        Order(sort, cursor(query, sort), limit(query)),
    )


async def show_issue(call: Call) -> IssueDetail:
    """One issue, with the release in which it was seen first and the commits that may have caused it."""
    return await issue_now(call, await issue_of_call(call))


async def issue_now(call: Call, issue: ScopedIssue) -> IssueDetail:
    """An issue as it is now, over all events that are kept."""
    now = call.api.clock()
    events = IssueEvents.of_all(issue.scope.project, call.api.settings.max_clock_skew)
    figures = await find_figures(call.api.events, issue.scope, [issue.id], events, now)
    if issue.id not in figures:
        raise not_found(f"issue {issue.id}")
    triaged = await call.api.operational.triage.get(issue.scope.project, [issue.id])
    shown = issue_of(issue.id, figures[issue.id], issue.scope, triaged.get(issue.id))
    seen = await find_seen(call.api.events, events._replace(issue_ids=issue.members), figures[issue.id])
    suspects = await _suspects(call, issue.scope.project, seen)
    return IssueDetail(
        **msgspec.structs.asdict(shown), first_release=seen.first_release, suspect_commits=suspects
    )


async def _suspects(call: Call, project: int, seen: Seen) -> list[SuspectCommit]:
    if seen.latest is None:
        return []
    versions = list(
        dict.fromkeys(version for version in (seen.first_release, seen.latest.release) if version)
    )
    known = {found.version: found for found in await call.api.operational.releases.find(project, versions)}
    for version in versions:
        if version in known and (suspects := suspect_commits(seen.latest, known[version])):
            return suspects
    return []


async def list_issue_events(call: Call) -> Page[EventSummary]:
    """Events of an issue, the newest first."""
    issue = await issue_of_call(call)
    # From where the issue's own figures come, so that the two agree, and do not depend on the search store.
    store = ClickHouseSearch(call.api.events, call.api.settings.max_clock_skew)
    return await page_of_events(call, store, issue.scope.project, issue.scope.merged, issue_ids=issue.members)


async def show_issue_tags(call: Call) -> Tags:
    """How the values of tags, releases, environments and the like are spread over an issue's events."""
    issue = await issue_of_call(call)
    events = IssueEvents.of_all(issue.scope.project, call.api.settings.max_clock_skew)
    return await find_tags(call.api.events, events._replace(range=list_range(call), issue_ids=issue.members))


async def issue_of_call(call: Call) -> ScopedIssue:
    """The issue of the path; 404 when the caller may not see it."""
    issue_id = call.issue_id()
    found = await call.api.issue_projects.find(await call.visible_projects(), [issue_id])
    if (project := found.get(issue_id)) is None:
        raise not_found(f"issue {issue_id}")
    await call.about(project)
    scope = await issue_scope(call.api.operational, project, issue_id)
    return ScopedIssue(scope.merged.root(issue_id), scope)


def issue_ids_of(given: list[str], most: int) -> list[str]:
    """Ids of a body in their normal form, each once.

    Raises:
        ApiError: 400 when there are none or too many, 404 when one cannot be an id.
    """
    if not 1 <= len(given) <= most:
        raise ApiError(400, "bad_body", f"Give from 1 to {most} ids of issues.")
    ids: dict[str, None] = {}
    for text in given:
        issue_id = event_id_of(text)
        if issue_id is None:
            raise not_found(f"issue {text[:100]!r}")
        ids[issue_id] = None
    return list(ids)


_QUERY = any_text("query", "What is looked for: docs/search.md.")
_STATUS = one_of("status", "Only issues of this status.", tuple(STATUSES), "unresolved")
_SORT = one_of("sort", "What the list is sorted by; always descending.", SORTS, "last_seen")
_FILTERS = (_QUERY, _STATUS, ISSUE, ENVIRONMENT, RELEASE, _SORT, *BETWEEN, *PAGED)

ROUTES = (
    Route(
        "GET",
        "/api/v1/projects/{project}/issues",
        list_issues,
        gives=Page[Issue],
        query=_FILTERS,
    ),
    Route(
        "GET",
        "/api/v1/projects/{project}/issues/ids",
        list_issue_ids,
        gives=Page[str],
        query=_FILTERS,
    ),
    Route("GET", "/api/v1/issues/{issue}", show_issue, gives=IssueDetail),
    Route(
        "GET",
        "/api/v1/issues/{issue}/events",
        list_issue_events,
        gives=Page[EventSummary],
        query=(*BETWEEN, *PAGED),
    ),
    Route("GET", "/api/v1/issues/{issue}/tags", show_issue_tags, gives=Tags, query=BETWEEN),
)
