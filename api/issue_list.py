"""A page of a project's issues, however it was asked for."""

from typing import NamedTuple

from api.call import Call
from api.models import Issue, Page
from api.parameters import TimeRange, encode_cursor
from api.queries.issue_places import Order, find_places
from api.queries.issue_terms import issue_terms, wanted_issues, wanted_states
from api.queries.issues import find_figures, issue_of
from api.queries.search import issue_search
from api.scope import project_scope
from stores.events.where import Where
from stores.ports import Project
from stores.search.clickhouse import add_terms


class IssueQuery(NamedTuple):
    """Which issues, in which order. ``status`` is None where the search may say it; ``order.limit`` is the page's size."""

    search: str
    status: str | None
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
