"""Sentry's protocol: the envelope endpoint, and the older store endpoint."""

from typing import Any, NamedTuple

from aiohttp import web

from ingest.auth import dsn_claim, sentry_claim
from ingest.edge import JSON, Call, Incoming, header_text
from ingest.envelope import Envelope, EnvelopeHeader, Item, parse_envelope
from ingest.errors import EdgeError, Malformed, RateLimited
from ingest.event import new_id, normalised_id, read_head
from ingest.items import (
    CLIENT_REPORT,
    EVENT,
    UNSUPPORTED_LIMIT,
    VOLUMINOUS,
    category_of,
    discards,
    quantity_of,
    unsupported_reason,
)
from ingest.legacy import unwrapped
from ingest.responses import answered
from ingest.sessions import CATEGORY, MAX_BYTES, SESSION_ITEMS, BadSession, Times, reports_of
from schemas.sessions import SessionReport


async def take_envelope(call: Call) -> web.Response:
    """``POST /api/{project}/envelope/``: 200 ``{"id": …}`` once its event is durable, ``{}`` where it has no
    event.
    """
    project = project_of(call.request)
    claim = sentry_claim(call.request.headers, call.request.query_string)
    if claim is not None:
        await call.authenticate(claim, project)
    body = await call.body.read(call.request, call.edge.settings.max_envelope_bytes)
    envelope = parse_envelope(body)
    if claim is None:
        await call.authenticate(dsn_claim(envelope.header.dsn), project)
    call.sdk = _sdk_of(envelope.header) or call.sdk

    event = next((item for item in envelope.items if item.header.type == EVENT), None)
    others = [item for item in envelope.items if item is not event and item.header.type not in SESSION_ITEMS]
    incoming = None if event is None else _read_event(call, envelope.header, event, body)
    sessions = _read_sessions(call, envelope, body)
    try:
        await call.deliver(() if incoming is None else (incoming,))
    except RateLimited:
        await call.deliver_sessions(sessions.reports)
        _refuse_items(call, others, sessions, body)
        raise
    limits = await call.deliver_sessions(sessions.reports)
    # Not before: had the log been away, the client would send the envelope again, and they would be counted
    # twice.
    limits = ", ".join(filter(None, (_refuse_items(call, others, sessions, body), limits)))
    answer = _empty_answer(envelope.header) if incoming is None else {"id": incoming.event_id}
    return answered(200, answer, limits)


async def take_store(call: Call) -> web.Response:
    """``POST /api/{project}/store/``: one event; 200 ``{"id": …}`` once it is durable."""
    project = project_of(call.request)
    claim = sentry_claim(call.request.headers, call.request.query_string) or dsn_claim(None)
    await call.authenticate(claim, project)
    settings = call.edge.settings
    # Percent-encoded base64 is at most four times as long as what it packs.
    body = await call.body.read(call.request, 4 * settings.max_event_bytes)
    payload = bytes(await call.body.join(unwrapped(body), settings.max_event_bytes))
    head = read_head(payload, settings.max_event_bytes)
    event_id = head.event_id or new_id()
    if head.type == "transaction":
        call.refuse("unsupported", "transaction", "transaction")
        return answered(200, {"id": event_id}, UNSUPPORTED_LIMIT)
    await call.deliver((Incoming(event_id, payload),))
    return answered(200, {"id": event_id})


def project_of(request: web.Request) -> int:
    """The project that the path names.

    Raises:
        Malformed: it is not a number.
    """
    project = request.match_info["project"]
    if project.isascii() and project.isdigit() and len(project) < 19:
        return int(project)
    raise Malformed(
        "invalid_project",
        "The project in the path is not a whole number. Take the whole DSN from the project's settings.",
    )


def _read_event(call: Call, header: EnvelopeHeader, item: Item, body: bytes | bytearray) -> Incoming:
    payload = bytes(body[item.start : item.end])
    head = read_head(payload, call.edge.settings.max_event_bytes)
    own = header.event_id
    event_id = head.event_id or new_id() if own is None else normalised_id(own)
    content_type = item.header.content_type
    return Incoming(event_id, payload, header_text(content_type) if isinstance(content_type, str) else JSON)


class _Sessions(NamedTuple):
    """What an envelope reports of sessions, and the reasons why items of it cannot be counted."""

    reports: list[SessionReport]
    refused: list[str]


def _read_sessions(call: Call, envelope: Envelope, body: bytes | bytearray) -> _Sessions:
    settings, project = call.edge.settings, call.key.project if call.key else 0
    times = Times(call.received, settings.session_window, settings.max_clock_skew)
    found = _Sessions([], [])
    for item in envelope.items:
        if item.header.type in SESSION_ITEMS:
            payload = bytes(body[item.start : min(item.end, item.start + MAX_BYTES + 1)])
            try:
                found.reports.extend(
                    reports_of(item.header.type, payload, envelope.header.sent_at, project, times)
                )
            except BadSession as error:
                found.refused.append(str(error))
    return found


def _refuse_items(call: Call, items: list[Item], sessions: _Sessions, body: bytes | bytearray) -> str:
    """Record the items that are not kept; returns the limits to be sent, where some are of a kind that comes
    in masses.
    """
    limits = ""
    for reason in sessions.refused:
        call.refuse("invalid", reason, CATEGORY)
    for item in items:
        kind = item.header.type
        category = category_of(kind)
        if kind == EVENT:
            # The protocol allows one event in an envelope, and gives its id to the envelope.
            call.refuse("invalid", "second_event", category)
        elif kind == CLIENT_REPORT:
            _record_discards(call, bytes(body[item.start : item.end]))
        else:
            call.refuse(
                "unsupported", unsupported_reason(kind), category, quantity_of(item.header.item_count)
            )
            limits = UNSUPPORTED_LIMIT if category in VOLUMINOUS else limits
    return limits


def _record_discards(call: Call, payload: bytes) -> None:
    try:
        for discard in discards(payload):
            call.refuse("client_discard", discard.reason, discard.category, discard.quantity)
    except ValueError:
        call.refuse("invalid", "client_report", "internal")


def _empty_answer(header: EnvelopeHeader) -> dict[str, str]:
    if header.event_id is None:
        return {}
    try:
        return {"id": normalised_id(header.event_id)}
    except EdgeError:
        return {}


def _sdk_of(header: EnvelopeHeader) -> str:
    sdk: Any = header.sdk
    if not isinstance(sdk, dict) or not isinstance(sdk.get("name"), str):
        return ""
    version = sdk.get("version")
    return header_text(f"{sdk['name']}/{version}" if isinstance(version, str) else sdk["name"])
