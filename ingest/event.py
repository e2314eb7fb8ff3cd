"""What the edge wants to know of an event: that it is a JSON object, and its id. Pure."""

import re
import uuid
from typing import NamedTuple

import msgspec

from ingest.errors import Malformed, TooLarge
from schemas.lenient import check_nesting, decode_lenient

_EVENT_ID = re.compile(r"[0-9a-f]{32}")
_DASHED = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")


class EventHead(NamedTuple):
    """``event_id`` is 32 lower-case hex digits, None where the event has none. ``type`` is the client's,
    unchecked.
    """

    event_id: str | None
    type: str | None


class _Head(msgspec.Struct, frozen=True):
    event_id: str | None = None
    type: str | None = None


_head = msgspec.json.Decoder(_Head)


def read_head(payload: bytes, max_bytes: int) -> EventHead:
    """The head of an event. Reads nothing else, but checks that the JSON can be decoded later.

    Raises:
        TooLarge: the event has more than ``max_bytes`` bytes.
        Malformed: it is not a JSON object, is nested too deep, or its id is not one.
    """
    if len(payload) > max_bytes:
        raise TooLarge(
            "event_too_large",
            f"The event has {len(payload)} bytes; at most {max_bytes} are taken. Send less context with it.",
            {"limit": max_bytes, "size": len(payload)},
        )
    try:
        check_nesting(payload)
    except ValueError as error:
        raise Malformed("nested_too_deep", str(error)) from error
    try:
        head = _head.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _read_leniently(payload)
    return EventHead(None if head.event_id is None else normalised_id(head.event_id), head.type)


def normalised_id(event_id: object) -> str:
    """An event id as 32 lower-case hex digits.

    Raises:
        Malformed: it is not a UUID, with or without dashes.
    """
    if isinstance(event_id, str):
        if _EVENT_ID.fullmatch(event_id):
            return event_id
        lowered = event_id.lower()
        if _DASHED.fullmatch(lowered):
            return lowered.replace("-", "")
    raise Malformed(
        "invalid_event_id",
        "The event_id is not 32 hexadecimal digits, with or without dashes. Leave it out to have one made.",
    )


def new_id() -> str:
    """An id for an event that came without."""
    return uuid.uuid4().hex


def _read_leniently(payload: bytes) -> EventHead:
    try:
        event = decode_lenient(payload)
    except ValueError as error:
        raise Malformed("invalid_json", f"The event cannot be read. {error}") from error
    if not isinstance(event, dict):
        raise Malformed("not_an_object", "The event is not a JSON object. Send one object for each event.")
    event_id, kind = event.get("event_id"), event.get("type")
    return EventHead(
        None if event_id is None else normalised_id(event_id), kind if isinstance(kind, str) else None
    )
