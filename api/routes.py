"""What each route answers. docs/api.md describes them."""

from collections.abc import Sequence
from datetime import datetime

from aiohttp import web

from api.call import Call
from api.errors import ApiError, bad_parameter, not_found
from api.formats import accepted_format, encode_rates
from api.models import EventDetail, Issue, Page, ProjectItem
from api.parameters import (
    TimeRange,
    choice,
    cursor,
    duration,
    encode_cursor,
    is_id,
    issue_ids,
    limit,
    values,
    words,
)
from api.queries.error_rates import FACETS, Selection, Windows, error_rates
from api.queries.events import find_event, find_payload, find_place
from api.queries.issues import SORTS, Order, find_issue, find_issues, project_of_issue
from api.queries.search import search_terms
from stores.events.where import HOUR, Where
from stores.ports import EventSearch, EventSummary, SearchStore
from stores.search.clickhouse import ClickHouseSearch, add_terms
from stores.search.syntax import Term

DAY = 86_400
#: What lists show when no ``from`` is given; it begins at a full hour.
DEFAULT_SPAN = 14 * DAY
DEFAULT_RATES_SPAN = DAY
DEFAULT_WINDOW = 60
DEFAULT_SERIES = 50
#: Most points of one answer, over all its series.
MAX_POINTS = 200_000

STATUSES = ("unresolved", "resolved", "muted")


async def list_projects(call: Call) -> Page:
    """GET /api/v1/projects"""
    projects = await call.api.access.projects(call.token)
    return Page([ProjectItem(str(project.id), project.slug, project.name) for project in projects], None)


async def list_issues(call: Call) -> Page:
    """GET /api/v1/projects/{project}/issues"""
    project = await call.project()
    query = call.query
    sort = choice(query, "sort", SORTS, "last_seen")
    status = choice(query, "status", STATUSES, "unresolved")
    size = limit(query)
    order = Order(sort, cursor(query, sort), size + 1)
    where = Where()
    where.within(*_time_range(call), call.api.settings.max_clock_skew)
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


async def show_issue(call: Call) -> Issue:
    """GET /api/v1/issues/{issue}"""
    issue_id = _issue_id(call)
    projects = await call.visible_projects()
    issue = await find_issue(call.api.events, projects, issue_id, call.api.clock())
    if issue is None:
        raise not_found(f"issue {issue_id}")
    return issue


async def list_issue_events(call: Call) -> Page:
    """GET /api/v1/issues/{issue}/events"""
    issue_id = _issue_id(call)
    project = await project_of_issue(call.api.events, await call.visible_projects(), issue_id)
    if project is None:
        raise not_found(f"issue {issue_id}")
    # From where the issue's own figures come, so that the two agree, and do not depend on the search store.
    store = ClickHouseSearch(call.api.events, call.api.settings.max_clock_skew)
    return await _page_of_events(call, store, project, issue_id=issue_id)


async def search_events(call: Call) -> Page:
    """GET /api/v1/projects/{project}/search"""
    project = await call.project()
    terms = search_terms(call.query, "q")
    return await _page_of_events(call, call.api.search, project.id, terms)


async def show_event(call: Call) -> EventDetail:
    """GET /api/v1/projects/{project}/events/{event_id}"""
    project, event_id = await call.project(), call.event_id()
    event = await find_event(call.api.events, project.id, event_id)
    if event is None:
        raise not_found(f"event {event_id}")
    return event


async def show_payload(call: Call) -> web.Response:
    """GET /api/v1/projects/{project}/events/{event_id}/raw"""
    project, event_id = await call.project(), call.event_id()
    place = await find_place(call.api.events, project.id, event_id)
    if place is None:
        raise not_found(f"event {event_id}")
    payload = await find_payload(call.api.archive, call.api.log, project.id, event_id, place)
    if payload is None:
        raise ApiError(
            404,
            "payload_gone",
            f"The event {event_id} is kept, but its payload is not in the archive any more.",
        )
    return web.Response(
        body=payload.body,
        content_type="application/json",
        headers={"X-Stacktide-Source": payload.source},
    )


async def show_error_rates(call: Call) -> web.Response:
    """GET /api/v1/projects/{project}/error-rates"""
    project = await call.project()
    query = call.query
    bucket = call.api.settings.count_bucket
    width = duration(query, "window", DEFAULT_WINDOW, bucket)
    step = duration(query, "step", width, bucket)
    start, end = call.time_range(DEFAULT_RATES_SPAN)
    windows = Windows.over(start, call.api.clock() if end is None else end, width, step)
    group_by = words(query, "group_by", tuple(FACETS))
    series = limit(query, DEFAULT_SERIES) if group_by else 1
    if max(windows.points * series, windows.panes) > MAX_POINTS:
        raise bad_parameter(
            "step",
            f"{step} s with {series} series",
            f"a step of at most {MAX_POINTS} points over all series: widen it, shorten the range, or lower 'limit'",
        )
    filters = {FACETS[name]: values(query, name) for name in ("environment", "release", "level")}
    filters["issue_id"] = issue_ids(query, "issue")
    selection = Selection(project.id, filters, group_by, series)
    rates = await error_rates(call.api.events, selection, windows)
    media_type = accepted_format(call.request.headers.get("Accept", "*/*"))
    return web.Response(
        body=encode_rates(rates, group_by, media_type), content_type=media_type, headers={"Vary": "Accept"}
    )


async def _page_of_events(
    call: Call, store: SearchStore, project: int, terms: Sequence[Term] = (), issue_id: str | None = None
) -> Page:
    size = limit(call.query)
    start, end = _time_range(call)
    after = cursor(call.query, "events")
    found = await store.find_events(EventSearch(project, start, end, terms, after, size + 1, issue_id))
    if len(found) <= size:
        return Page(found, None)
    return Page(found[:size], _cursor_of(found[size - 1]))


def _cursor_of(event: EventSummary) -> str:
    return encode_cursor("events", _microseconds(event.timestamp), event.event_id)


def _microseconds(moment: datetime) -> int:
    """Exact, unlike a float of seconds: a cursor must not skip events within the same millionth."""
    return int(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond


def _time_range(call: Call) -> TimeRange:
    range = call.time_range(DEFAULT_SPAN)
    if "from" not in call.query:
        range = range._replace(start=range.start // HOUR * HOUR)
    return range


def _issue_id(call: Call) -> str:
    issue_id = call.request.match_info["issue"].replace("-", "").lower()
    if not is_id(issue_id):
        raise not_found(f"issue {issue_id[:100]!r}")
    return issue_id
