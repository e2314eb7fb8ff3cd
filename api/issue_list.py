"""Issues of the projects that a caller sees: a page of a list, or some by their ids."""

from collections.abc import Sequence
from typing import NamedTuple

from api.call import Call
from api.models import Issue, Page
from api.parameters import TimeRange, encode_cursor
from api.queries.issue_places import Order, find_places
from api.queries.issue_terms import issue_terms, wanted_issues, wanted_states
from api.queries.issues import find_figures, issue_of, projects_of_issues
from api.queries.search import issue_search
from api.scope import project_scope
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


async def page_of_issues(call: Call, project: Project, query: IssueQuery) -> Page[Issue]:
    """A page of the issues that are asked for, with their figures over the events that are."""
    api, now, size = call.api, call.api.clock(), query.order.limit
    search = issue_search(query.search, now)
    scope = await project_scope(api.operational, project.id)
    states = wanted_states(query.status, search.named)
    wanted = await wanted_issues(api.operational.triage, project.id, search, states, call.caller.name)
    terms, issue_ids = issue_terms(search.events, scope.merged)
    if not states or issue_ids == [] or wanted.among == []:
        return Page([], None)
    where = Where()
    skew = api.settings.max_clock_skew
    where.within(*query.range, skew)
    where.one_of("environment", query.environments)
    where.one_of("release", query.releases)
    add_terms(where, terms)
    where.one_of("issue_id", issue_ids or [])
    where.one_of("issue_id", scope.merged.expand(query.issues))
    order = query.order._replace(limit=size + 1)
    places = await find_places(api.events, scope, where, wanted, order, now)
    shown = [place.issue_id for place in places[:size]]
    figures = await find_figures(api.events, scope, shown, where, now, skew)
    triaged = await api.operational.triage.get(project.id, shown)
    issues = [issue_of(id, figures[id], scope, triaged.get(id)) for id in shown if id in figures]
    if len(places) <= size:
        return Page(issues, None)
    last = places[size - 1]
    return Page(issues, encode_cursor(order.sort, last.sort_value, last.issue_id))


async def issues_by_id(call: Call, ids: Sequence[str]) -> dict[str, Issue]:
    """Issues over all events that are kept, by the ids that were asked for; those that the caller may not see are left out."""
    api, now = call.api, call.api.clock()
    projects = await projects_of_issues(api.events, await call.visible_projects(), ids)
    found: dict[str, Issue] = {}
    for project in set(projects.values()):
        scope = await project_scope(api.operational, project)
        roots = {id: scope.merged.root(id) for id, of_project in projects.items() if of_project == project}
        shown = sorted(set(roots.values()))
        figures = await find_figures(api.events, scope, shown, Where(), now, api.settings.max_clock_skew)
        triaged = await api.operational.triage.get(project, shown)
        known = {root: issue_of(root, figures[root], scope, triaged.get(root)) for root in figures}
        found |= {id: known[root] for id, root in roots.items() if root in known}
    return found
