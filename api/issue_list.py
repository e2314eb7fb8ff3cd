"""Issues of the projects that a caller sees: a page of a list, or some by their ids."""

from collections.abc import Sequence
from typing import NamedTuple

from api.call import Call
from api.models import Issue, Page
from api.parameters import TimeRange, encode_cursor
from api.queries.issue_events import IssueEvents
from api.queries.issue_places import Order, Place, find_places
from api.queries.issue_terms import issue_terms, wanted_issues, wanted_states
from api.queries.issues import find_figures, issue_of
from api.queries.search import issue_search
from api.scope import ProjectScope, project_scope
from stores.events.where import Where
from stores.ports import Project
from stores.search.clickhouse import add_terms


class IssueQuery(NamedTuple):
    """Which issues, in which order. ``status`` is None where the search may say it; ``issues`` are ids, without any
    all are wanted; ``order.limit`` is the page's size."""

    search: str
    status: str | None
    issues: list[str]
    environments: list[str]
    releases: list[str]
    range: TimeRange
    order: Order


class _Found(NamedTuple):
    """Issues in their order, one more than a page has where there are more, by their ``events``."""

    scope: ProjectScope
    events: IssueEvents
    places: list[Place]


async def page_of_issues(call: Call, project: Project, query: IssueQuery) -> Page[Issue]:
    """A page of the issues that are asked for, with their figures over the events that are."""
    # Of whole seconds, so that people who watch the same list ask the same.
    api, now, size = call.api, float(int(call.api.clock())), query.order.limit
    scope, events, places = await _find(call, project, query, now)
    shown = [place.issue_id for place in places[:size]]
    figures = await find_figures(api.events, scope, shown, events, now)
    triaged = await api.operational.triage.get(project.id, shown)
    issues = [issue_of(id, figures[id], scope, triaged.get(id)) for id in shown if id in figures]
    return Page(issues, _cursor(query.order, places))


async def page_of_issue_ids(call: Call, project: Project, query: IssueQuery) -> Page[str]:
    """A page of the ids of the issues that are asked for, which costs much less than the issues themselves."""
    found = await _find(call, project, query, call.api.clock())
    ids = [place.issue_id for place in found.places[: query.order.limit]]
    return Page(ids, _cursor(query.order, found.places))


def _cursor(order: Order, places: Sequence[Place]) -> str | None:
    if len(places) <= order.limit:
        return None
    last = places[order.limit - 1]
    return encode_cursor(order.sort, last.sort_value, last.issue_id)


async def _find(call: Call, project: Project, query: IssueQuery, now: float) -> _Found:
    api = call.api
    search = issue_search(query.search, now)
    scope = await project_scope(api.operational, project.id)
    states = wanted_states(query.status, search.named)
    wanted = await wanted_issues(api.operational.triage, project.id, search, states, call.caller.name)
    terms, issue_ids = issue_terms(search.events, scope.merged)
    if query.issues:
        asked = scope.merged.expand(query.issues)
        issue_ids = asked if issue_ids is None else [id for id in issue_ids if id in asked]
    conditions = Where()
    conditions.one_of("environment", query.environments)
    conditions.one_of("release", query.releases)
    add_terms(conditions, terms)
    events = IssueEvents(project.id, query.range, api.settings.max_clock_skew, issue_ids, conditions)
    if not states or issue_ids == [] or wanted.among == []:
        return _Found(scope, events, [])
    order = query.order._replace(limit=query.order.limit + 1)
    return _Found(scope, events, await find_places(api.events, scope, events, wanted, order, now))


async def issues_by_id(call: Call, ids: Sequence[str]) -> dict[str, Issue]:
    """Issues over all events that are kept, by the ids that were asked for; those that the caller may not see are left out."""
    api, now = call.api, call.api.clock()
    projects = await api.issue_projects.find(await call.visible_projects(), ids)
    found: dict[str, Issue] = {}
    for project in set(projects.values()):
        scope = await project_scope(api.operational, project)
        roots = {id: scope.merged.root(id) for id, of_project in projects.items() if of_project == project}
        shown = sorted(set(roots.values()))
        events = IssueEvents.of_all(project, api.settings.max_clock_skew)
        figures = await find_figures(api.events, scope, shown, events, now)
        triaged = await api.operational.triage.get(project, shown)
        known = {root: issue_of(root, figures[root], scope, triaged.get(root)) for root in figures}
        found |= {id: known[root] for id, root in roots.items() if root in known}
    return found
