"""Pages of events, which several routes answer with."""

from collections.abc import Sequence

from msgspec.structs import replace

from api.call import Call
from api.models import Page
from api.parameters import TimeRange, cursor, encode_cursor, limit, microseconds
from stores.events.where import DAY
from stores.operational.merged import MergedIssues
from stores.ports import EventSearch, EventSummary, SearchStore
from stores.search.syntax import Term

#: What lists show when no ``from`` is given; it begins at midnight UTC.
DEFAULT_SPAN = 14 * DAY


async def page_of_events(
    call: Call,
    store: SearchStore,
    project: int,
    merged: MergedIssues,
    terms: Sequence[Term] = (),
    issue_ids: Sequence[str] | None = None,
) -> Page[EventSummary]:
    """A page of the events that match, as the parameters of the URL ask for it; each with the issue that its own is shown
    as."""
    size = limit(call.query)
    start, end = list_range(call)
    after = cursor(call.query, "events")
    found = await store.find_events(EventSearch(project, start, end, terms, after, size + 1, issue_ids))
    next_cursor = _cursor_of(found[size - 1]) if len(found) > size else None
    return Page([replace(event, issue_id=merged.root(event.issue_id)) for event in found[:size]], next_cursor)


def _cursor_of(event: EventSummary) -> str:
    return encode_cursor("events", microseconds(event.timestamp), event.event_id)


def list_range(call: Call) -> TimeRange:
    """The time range of a list, from the parameters of the URL."""
    range = call.time_range(DEFAULT_SPAN)
    if "from" not in call.query:
        range = range._replace(start=range.start // DAY * DAY)
    return range
