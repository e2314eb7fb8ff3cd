"""Shorthands for the tests of normalisation and grouping."""

from typing import Any

import msgspec

from agents.fingerprint.assign import Assigned, grouper_of
from agents.fingerprint.config import config_of
from agents.fingerprint.grouping_v1 import group
from agents.fingerprint.normalise import normalise
from agents.fingerprint.step import fingerprint
from schemas.event import Event
from schemas.grouping import GroupingSettings
from schemas.headers import Received
from schemas.project import ProjectConfiguration
from schemas.records import FingerprintedEvent, Grouping
from settings import Settings

NOW = 1_760_000_000.0
EVENT_ID = "0123456789abcdef0123456789abcdef"
SETTINGS = Settings()
CONFIG = config_of(ProjectConfiguration(1), SETTINGS)


def received(protocol: str = "envelope", project: int = 1) -> Received:
    """What the edge knows of an event of these tests."""
    return Received(
        project, 1, EVENT_ID, NOW, "application/json", "203.0.113.9", "sentry.python/2.75.0", protocol
    )


def normalised(**data: Any) -> Event:
    """The event of a client's fields, at ``NOW`` unless they hold a timestamp."""
    data.setdefault("timestamp", NOW)
    return normalise(data, received(), SETTINGS.max_clock_skew, SETTINGS.max_event_age)


def grouped(**data: Any) -> Grouping:
    """The grouping of a client's fields."""
    return group(normalised(**data))


def assign(project: int, event: Event, grouping: GroupingSettings) -> Assigned:
    """The issue of a normalised event."""
    return grouper_of(grouping).assign(project, event)


def stepped(
    data: Any, protocol: str = "envelope", project: int = 1, grouping: GroupingSettings | None = None
) -> FingerprintedEvent:
    """The whole step on a JSON value."""
    config = CONFIG if grouping is None else CONFIG._replace(grouper=grouper_of(grouping))
    result = fingerprint(received(protocol, project), msgspec.json.encode(data), config)
    assert isinstance(result, FingerprintedEvent)
    return result


def exception(*frames: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """One exception of the protocol, of type ValueError unless given."""
    return {"type": "ValueError", "value": "bad", "stacktrace": {"frames": list(frames)}} | fields


def frame(
    function: str, module: str | None = "shop.orders", in_app: bool | None = True, **fields: Any
) -> dict[str, Any]:
    """One frame of the protocol."""
    return {"function": function, "module": module, "in_app": in_app} | fields
