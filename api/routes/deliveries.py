"""Deliveries: what was sent to channels, and what became of it."""

from datetime import UTC, datetime
from typing import cast

import msgspec

from api.call import Call
from api.declarations import BETWEEN, PAGED, any_text, one_of
from api.errors import bad_parameter
from api.models import Page
from api.parameters import Query, choice, cursor, encode_cursor, is_id, limit, number_of
from api.route import Route
from stores.operational.deliveries import OUTCOMES, Attempt, Delivery, DeliverySearch, Outcome

_DEFAULT_SPAN = 14 * 86_400
_ANY = "any"


class AttemptItem(msgspec.Struct, frozen=True):
    """One attempt: ``delivered``, ``unavailable`` (it is made again) or ``refused``, and what the receiver said."""

    at: datetime
    seconds: float
    outcome: str
    detail: str


class DeliveryItem(msgspec.Struct, frozen=True):
    """A delivery of an alert's state to a channel. ``next_attempt`` is null once it has ended."""

    id: str
    alert_id: str
    state: str
    channel: str
    channel_name: str
    kind: str
    outcome: str
    detail: str
    queued: datetime
    ended: datetime | None
    next_attempt: datetime | None
    attempts: list[AttemptItem]


async def list_deliveries(call: Call) -> Page[DeliveryItem]:
    """Deliveries with all their attempts, the latest queued first."""
    project = await call.project()
    query = call.query
    size = limit(query)
    start, end = call.time_range(_DEFAULT_SPAN)
    after = cursor(query, "deliveries")
    outcome = choice(query, _OUTCOME)
    search = DeliverySearch(
        project=project.id,
        start=start,
        end=end,
        limit=size + 1,
        before=after[0] if after else None,
        alert_id=_alert_id(query),
        channel=_channel(query),
        outcome=None if outcome == _ANY else cast(Outcome, outcome),
    )
    found = await call.api.operational.deliveries.find(search)
    items = [_item(delivery) for delivery in found[:size]]
    if len(found) <= size:
        return Page(items, None)
    last = found[size - 1]
    return Page(items, encode_cursor("deliveries", last.id, last.alert_id))


def _alert_id(query: Query) -> str | None:
    text = query.get(_ALERT.name)
    if text is not None and not is_id(text):
        raise bad_parameter("alert", text, "an alert's id: 32 hexadecimal digits")
    return text


def _channel(query: Query) -> int | None:
    text = query.get(_CHANNEL.name)
    if text is None:
        return None
    if (channel := number_of(text)) is None:
        raise bad_parameter("channel", text, "a channel's id")
    return channel


def _item(delivery: Delivery) -> DeliveryItem:
    return DeliveryItem(
        id=str(delivery.id),
        alert_id=delivery.alert_id,
        state=delivery.state,
        channel=str(delivery.channel),
        channel_name=delivery.channel_name,
        kind=delivery.kind,
        outcome=delivery.outcome,
        detail=delivery.detail,
        queued=_moment(delivery.queued),
        ended=None if delivery.ended is None else _moment(delivery.ended),
        next_attempt=None if delivery.due is None else _moment(delivery.due),
        attempts=[_attempt(attempt) for attempt in delivery.attempts],
    )


def _attempt(attempt: Attempt) -> AttemptItem:
    return AttemptItem(_moment(attempt.at), attempt.seconds, attempt.outcome, attempt.detail)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


_ALERT = any_text("alert", "Only deliveries of the alert with this id.")
_CHANNEL = any_text("channel", "Only deliveries to the channel with this id.")
_OUTCOME = one_of("outcome", "Only deliveries that ended so.", (*OUTCOMES, _ANY), _ANY)

ROUTES = (
    Route(
        "GET",
        "/api/v1/projects/{project}/deliveries",
        list_deliveries,
        gives=Page[DeliveryItem],
        query=(_ALERT, _CHANNEL, _OUTCOME, *BETWEEN, *PAGED),
    ),
)
