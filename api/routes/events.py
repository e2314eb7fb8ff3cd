"""Events: searches, one event, and its payload."""

from typing import Any

from aiohttp import web
from msgspec.structs import replace

from api.call import Call
from api.declarations import BETWEEN, PAGED, any_text, one_of, whole
from api.errors import ApiError, not_found
from api.models import Completions, EventDetail, Page
from api.parameters import choice, number
from api.queries.completions import find_completions
from api.queries.events import find_event, find_payload, find_place
from api.queries.issue_terms import issue_terms
from api.queries.search import search_terms
from api.route import Route
from api.routes.paging import page_of_events
from stores.ports import EventSummary
from stores.search.completion import asked_at
from stores.search.syntax import MAX_LENGTH


async def search_events(call: Call) -> Page[EventSummary]:
    """Events that match a search, the newest first."""
    project = await call.project()
    merged = await call.api.operational.merges.of(project.id)
    terms, issue_ids = issue_terms(search_terms(call.query, _SEARCH), merged)
    if issue_ids == []:
        return Page([], None)
    return await page_of_events(call, call.api.search, project.id, merged, terms, issue_ids)


async def complete_search(call: Call) -> Completions:
    """What could be written at a place of a search: fields, and tags and values that were seen lately."""
    project, query = await call.project(), call.query
    asked = asked_at(query.get(_SEARCH.name, ""), number(query, _AT))
    of_issues = choice(query, _OF) == "issues"
    addresses: list[str] = []
    if asked.field == "assigned" and of_issues and call.caller.may_in(call.scope, project.organisation):
        members = await call.api.operational.organisations.members(project.organisation)
        addresses = [member.email for member in members]
    items = await find_completions(call.api.events, project.id, asked, of_issues, addresses, call.api.clock())
    return Completions(asked.start, asked.end, items)


async def show_event(call: Call) -> EventDetail:
    """One event, with why it was grouped so."""
    project, event_id = await call.project(), call.event_id()
    event = await find_event(call.api.events, project.id, event_id)
    if event is None:
        raise not_found(f"event {event_id}")
    merged = await call.api.operational.merges.of(project.id)
    return replace(event, issue_id=merged.root(event.issue_id))


async def show_payload(call: Call) -> web.Response:
    """The archived payload of an event."""
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


_SEARCH = any_text("q", "What events must match: docs/search.md.")
_AT = whole("at", "Where the cursor is: how many characters stand before it.", MAX_LENGTH)
_OF = one_of("of", "What is searched.", ("events", "issues"), "events")

PROJECT = "/api/v1/projects/{project}"
ROUTES = (
    Route(
        "GET",
        f"{PROJECT}/search",
        search_events,
        gives=Page[EventSummary],
        query=(_SEARCH, *BETWEEN, *PAGED),
    ),
    Route(
        "GET",
        f"{PROJECT}/search/completions",
        complete_search,
        gives=Completions,
        query=(_SEARCH, _AT, _OF),
    ),
    Route("GET", f"{PROJECT}/events/{{event_id}}", show_event, gives=EventDetail),
    Route("GET", f"{PROJECT}/events/{{event_id}}/raw", show_payload, gives=dict[str, Any]),
)
