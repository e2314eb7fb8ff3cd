"""Our own protocol: ``POST /api/v1/events`` with one event, a JSON array of events, or NDJSON."""

from collections.abc import Sequence
from typing import Any

import msgspec
import orjson
from aiohttp import web

from ingest.auth import native_claim
from ingest.edge import Call, Incoming
from ingest.errors import EdgeError, Malformed, TooLarge, UnsupportedMedia
from ingest.event import new_id, read_head
from ingest.responses import answered
from schemas.lenient import decode_lenient

MAX_EVENTS = 10_000
"""Events in one request."""

_NDJSON = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"}
)
#: Besides JSON: what clients send when nobody told them, such as curl's --data.
_JSON = frozenset(
    {"application/json", "application/x-www-form-urlencoded", "application/octet-stream", "text/plain", ""}
)

_array = msgspec.json.Decoder(list[msgspec.Raw])


async def take_events(call: Call) -> web.Response:
    """202 ``{"accepted": [ids], "rejected": [{"index", "error"}]}`` once the accepted ones are durable.

    A single event that cannot be taken is answered as an error; of several, each is judged by itself.
    """
    headers = call.request.headers
    await call.authenticate(native_claim(headers), None)
    lines = _is_ndjson(headers.get("Content-Type", ""))
    body = bytes(await call.body.read(call.request, call.edge.settings.max_envelope_bytes))
    if not lines and body.lstrip()[:1] != b"[":
        event = _read(call, body)
        await call.deliver((event,))
        return answered(202, {"accepted": [event.event_id], "rejected": []})

    events: list[Incoming] = []
    rejected: list[dict[str, Any]] = []
    errors: list[EdgeError] = []
    for index, payload in enumerate(_split(body, lines)):
        try:
            events.append(_read(call, payload))
        except EdgeError as error:
            errors.append(error)
            rejected.append({"index": index, "error": error.as_json()})
    await call.deliver(events)
    # Only now: had the delivery failed, the client would send these again, and they would be counted twice.
    for refusal in errors:
        call.refuse_event(refusal)
    return answered(202, {"accepted": [event.event_id for event in events], "rejected": rejected})


def _is_ndjson(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    if kind in _NDJSON:
        return True
    if kind in _JSON or kind.endswith("+json"):
        return False
    raise UnsupportedMedia(
        "unsupported_content_type",
        f"Content-Type {kind[:60]!r} is not read here. Send application/json or application/x-ndjson.",
    )


def _read(call: Call, payload: bytes) -> Incoming:
    head = read_head(payload, call.edge.settings.max_event_bytes)
    return Incoming(head.event_id or new_id(), payload)


def _split(body: bytes, lines: bool) -> Sequence[bytes]:
    events = [line for line in body.split(b"\n") if line.strip()] if lines else _split_array(body)
    if len(events) > MAX_EVENTS:
        raise TooLarge(
            "too_many_events",
            f"The request has {len(events)} events; at most {MAX_EVENTS} are taken at once. Send several requests.",
            {"limit": MAX_EVENTS},
            quantity=len(events),
        )
    return events


def _split_array(body: bytes) -> list[bytes]:
    try:
        return [bytes(raw) for raw in _array.decode(body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _split_leniently(body)


def _split_leniently(body: bytes) -> list[bytes]:
    # One event that is not strict JSON hides where the next begins, so here the events are written anew.
    try:
        events = decode_lenient(body)
    except ValueError as error:
        raise Malformed("invalid_json", f"The array cannot be read. {error}") from error
    return [orjson.dumps(event) for event in events]
