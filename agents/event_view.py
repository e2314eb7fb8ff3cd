"""The few fields of a fingerprinted event that track and count need; the rest is skipped while decoding."""

import msgspec

from schemas.event import User


class EventView(msgspec.Struct, frozen=True):
    """Of the normalised event."""

    event_id: str
    timestamp: float
    platform: str = "other"
    level: str = "error"
    release: str | None = None
    environment: str | None = None
    user: User | None = None


class GroupingView(msgspec.Struct, frozen=True):
    """Of the grouping."""

    title: str
    culprit: str


class FingerprintedView(msgspec.Struct, frozen=True):
    """Of ``schemas.records.FingerprintedEvent``."""

    project: int
    issue_id: str
    received: float
    event: EventView
    grouping: GroupingView


_DECODER = msgspec.json.Decoder(FingerprintedView)


def view(value: bytes) -> FingerprintedView:
    """Decode a value of events-fingerprinted.

    Raises:
        msgspec.ValidationError: it is not one.
    """
    return _DECODER.decode(value)
