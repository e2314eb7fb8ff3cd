"""From a record of events-fingerprinted to the document that is searched: pure.

The fields are those of ``stores.search.opensearch.template``; what an event does not have is empty text, as in ClickHouse.
"""

import msgspec

from agents.fingerprint.search_text import search_text
from agents.records import Incoming
from agents.sinks.archive.encode import day_of
from agents.sinks.clickhouse.encode import microseconds
from agents.users import user_key
from schemas.event import Event
from schemas.records import Grouping
from stores.ports import SearchDocument
from stores.search.opensearch.template import TAG_SEPARATOR


class _Value(msgspec.Struct, frozen=True):
    """``FingerprintedEvent`` without the payload."""

    project: int
    issue_id: str
    received: float
    event: Event
    grouping: Grouping


class _Body(msgspec.Struct, frozen=True):
    """A document. Times are in Unix microseconds. ``tag_pairs`` has the tags that can be searched for."""

    project: str
    issue_id: str
    event_id: str
    received: int
    timestamp: int
    platform: str
    level: str
    logger: str
    release: str
    dist: str
    environment: str
    server_name: str
    sdk: str
    transaction: str
    title: str
    culprit: str
    message: str
    exception_types: list[str]
    exception_values: list[str]
    fingerprint: tuple[str, ...]
    user_key: str
    user_id: str
    user_email: str
    tags: dict[str, str]
    tag_pairs: list[str]
    search_text: str


_decode = msgspec.json.Decoder(_Value).decode
_encode = msgspec.json.Encoder().encode


def document_of(record: Incoming) -> SearchDocument:
    """The document for a record of events-fingerprinted.

    Raises:
        msgspec.MsgspecError: the value is not a ``FingerprintedEvent``.
    """
    value = _decode(record.value)
    event, grouping, user = value.event, value.grouping, value.event.user
    body = _Body(
        project=str(value.project),
        issue_id=value.issue_id,
        event_id=event.event_id,
        received=microseconds(value.received),
        timestamp=microseconds(event.timestamp),
        platform=event.platform,
        level=event.level,
        logger=event.logger or "",
        release=event.release or "",
        dist=event.dist or "",
        environment=event.environment or "",
        server_name=event.server_name or "",
        sdk=event.sdk or "",
        transaction=event.transaction or "",
        title=grouping.title,
        culprit=grouping.culprit,
        message=event.message or "",
        exception_types=[exception.type for exception in event.exceptions if exception.type],
        exception_values=[exception.value for exception in event.exceptions if exception.value],
        fingerprint=grouping.fingerprint,
        user_key=user_key(user) if user else "",
        user_id=(user.id or "") if user else "",
        user_email=(user.email or "") if user else "",
        tags=event.tags,
        tag_pairs=_tag_pairs(event.tags),
        search_text=search_text(event).lower(),
    )
    return SearchDocument(day_of(value.received), value.project, event.event_id, _encode(body))


def _tag_pairs(tags: dict[str, str]) -> list[str]:
    """A tag without a value is like one that is not there; a name with the separator in it cannot be written in a search."""
    return [
        f"{name}{TAG_SEPARATOR}{value}" for name, value in tags.items() if value and TAG_SEPARATOR not in name
    ]
