"""fingerprint: from the client's bytes to the normalised event, its issue, and why it belongs there. Pure."""

from typing import Any, NamedTuple

import msgspec
import orjson
from msgspec.structs import replace

from agents.fingerprint.config import FingerprintConfig
from agents.fingerprint.enrich import enrich
from agents.fingerprint.filters import filter_event
from agents.fingerprint.normalise import normalise
from agents.fingerprint.security import event_of_report
from agents.fingerprint.symbolicate import (
    DebugImages,
    Maps,
    needed_maps,
    read_images,
    scrub_added,
    symbolicate,
)
from agents.records import Dropped
from schemas.artifacts import ArtifactName
from schemas.event import Event
from schemas.headers import CLIENT_ADDRESS, Headers, Received
from schemas.lenient import check_nesting, decode_lenient
from schemas.records import FingerprintedEvent

#: ``Received.protocol`` of browsers' security reports.
SECURITY = "security"

_ENCODER = msgspec.json.Encoder()


class InvalidEvent(Exception):
    """The payload cannot be made an event. ``reason`` is for the outcome: short, in snake_case; ``detail`` for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Prepared(NamedTuple):
    """A clean, normalised and enriched event before it is symbolicated. ``needed`` are the maps that it asks for."""

    received: Received
    event: Event
    images: DebugImages
    needed: frozenset[ArtifactName]
    payload: msgspec.Raw
    config: FingerprintConfig


def fingerprint(
    received: Received, payload: bytes, config: FingerprintConfig, maps: Maps | None = None
) -> FingerprintedEvent | Dropped:
    """``prepare`` and ``finish`` in one: for what has its maps at hand, or none."""
    prepared = prepare(received, payload, config)
    return prepared if isinstance(prepared, Dropped) else finish(prepared, maps or {})


def prepare(
    received: Received, payload: bytes, config: FingerprintConfig, *, filtered: bool = True
) -> Prepared | Dropped:
    """The event of a client's payload, without what the scrubbing rules take out; or why a filter drops it. What has passed
    the filters before is not ``filtered``.

    ``Prepared.payload`` is the client's own bytes where they are strict JSON and nothing was taken out, else what was
    understood of them.

    Raises:
        InvalidEvent: ``invalid_json``, ``not_an_object``, ``empty_report`` or ``not_an_error``.
    """
    value, raw = _decode(payload)
    clean = config.scrubber.payload(value)
    if clean.data is not value:
        raw = msgspec.Raw(orjson.dumps(clean.data))
    data = _event_data(clean.data, received.protocol)
    known = received._replace(client_address=config.scrubber.address(received.client_address))
    event = normalise(data, known, config.max_clock_skew, config.max_event_age)
    if filtered and (dropped := filter_event(event, received, config.filters)) is not None:
        return dropped
    if clean.scrubbed:
        event = replace(event, scrubbed=clean.scrubbed)
    if config.enricher is not None:
        event = enrich(event, known, config.enricher)
    images = read_images(data.get("debug_meta"))
    needed = needed_maps(event, images, received.project)
    return Prepared(received, event, images, needed, raw, config)


def finish(prepared: Prepared, maps: Maps) -> FingerprintedEvent:
    """The fingerprinted event: symbolicated with the maps that there are, without secrets in what they added, and grouped."""
    received, event = prepared.received, prepared.event
    if prepared.needed:
        event, changed = symbolicate(event, prepared.images, received.project, maps, prepared.needed)
        if changed:
            event = scrub_added(event, prepared.config.scrubber)
    assigned = prepared.config.grouper.assign(received.project, event)
    return FingerprintedEvent(
        project=received.project,
        issue_id=assigned.issue_id,
        received=received.received,
        event=event,
        grouping=assigned.grouping,
        payload=prepared.payload,
    )


def scrubbed_headers(headers: Headers, received: Received, config: FingerprintConfig) -> Headers:
    """The headers of an event's record, with the client's address as it may be kept."""
    address = config.scrubber.address(received.client_address)
    if address == received.client_address:
        return headers
    return [(name, address.encode() if name == CLIENT_ADDRESS else value) for name, value in headers]


def scrubbed_payload(payload: bytes, config: FingerprintConfig) -> bytes:
    """A client's payload as it may be kept where it cannot be made an event: as it is, if nothing was taken out, and as text
    without secrets, if it is no JSON."""
    try:
        value, _ = _decode(payload)
    except InvalidEvent:
        return config.scrubber.text(payload.decode("utf-8", "replace")).encode()
    clean = config.scrubber.payload(value).data
    return payload if clean is value else orjson.dumps(clean)


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
