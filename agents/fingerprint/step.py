"""fingerprint: from the client's bytes to the normalised event, its issue, and why it belongs there. Pure."""

from hashlib import blake2b
from typing import Any

import msgspec
import orjson

from agents.fingerprint.grouping_v1 import group
from agents.fingerprint.grouping_v1.strategy import netstrings
from agents.fingerprint.normalise import normalise
from agents.fingerprint.security import event_of_report
from schemas.headers import Received
from schemas.lenient import check_nesting, decode_lenient
from schemas.records import FingerprintedEvent
from settings import Settings

#: ``Received.protocol`` of browsers' security reports.
SECURITY = "security"

_ENCODER = msgspec.json.Encoder()


class InvalidEvent(Exception):
    """The payload cannot be made an event. ``reason`` is for the outcome: short, in snake_case; ``detail`` for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def fingerprint(received: Received, payload: bytes, settings: Settings) -> FingerprintedEvent:
    """The fingerprinted event of a client's payload.

    ``FingerprintedEvent.payload`` is the client's own bytes where they are strict JSON, else what was understood of them.

    Raises:
        InvalidEvent: ``invalid_json``, ``not_an_object``, ``empty_report`` or ``not_an_error``.
    """
    value, raw = _decode(payload)
    data = _event_data(value, received.protocol)
    event = normalise(data, received, settings.max_clock_skew, settings.max_event_age)
    grouping = group(event)
    return FingerprintedEvent(
        project=received.project,
        issue_id=issue_id(received.project, grouping.version, grouping.fingerprint),
        received=received.received,
        event=event,
        grouping=grouping,
        payload=raw,
    )


def issue_id(project: int, version: str, fingerprint: tuple[str, ...]) -> str:
    """32 hex digits of BLAKE2b (RFC 7693) over project, grouping version and fingerprint, each as a netstring."""
    return blake2b(netstrings([str(project), version, *fingerprint]), digest_size=16).hexdigest()


def _decode(payload: bytes) -> tuple[Any, msgspec.Raw]:
    try:
        check_nesting(payload)
        return orjson.loads(payload), msgspec.Raw(payload)
    except orjson.JSONDecodeError:
        pass
    except ValueError as error:
        raise InvalidEvent("invalid_json", str(error)) from error
    try:
        value = decode_lenient(payload)
        return value, msgspec.Raw(_ENCODER.encode(value))
    except ValueError as error:
        raise InvalidEvent("invalid_json", str(error)) from error


def _event_data(value: Any, protocol: str) -> dict[str, Any]:
    if protocol == SECURITY:
        event = event_of_report(value)
        if event is None:
            raise InvalidEvent("empty_report", "The security report is empty or has an unknown form.")
        return event
    if value.__class__ is not dict:
        raise InvalidEvent("not_an_object", "An event is a JSON object.")
    data: dict[str, Any] = value
    if data.get("type") == "transaction":
        raise InvalidEvent("not_an_error", "The event is a transaction; only errors are kept.")
    return data
