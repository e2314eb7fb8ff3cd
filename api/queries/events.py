"""Lists of events (of an issue, or found by a search), and one event with its payload."""

from typing import Any, NamedTuple

import msgspec

from agents.sinks.archive.encode import day_of, decode_object, find_entry
from api.models import EventDetail, EventSummary
from api.queries.where import Where
from schemas.headers import Position
from stores.errors import StoreRejected
from stores.ports import AnalyticalStore, Archive, Log

_SUMMARY_COLUMNS = """
    project, issue_id, event_id, received, timestamp, title, culprit, message, level, platform, environment, release,
    user_key, tags, fingerprint
"""
_TOPIC = "events-fingerprinted"


class _Value(msgspec.Struct, frozen=True):
    """Of ``FingerprintedEvent``, what is needed to find a payload."""

    payload: msgspec.Raw


_decode_value = msgspec.json.Decoder(_Value).decode


class Payload(NamedTuple):
    """A client's event as JSON, and where it was found: ``archive`` or ``log``."""

    body: bytes
    source: str


class EventPlace(NamedTuple):
    """Where an event's record stands on events-fingerprinted, and when it was received (Unix seconds)."""

    position: Position
    received: float


async def find_events(
    store: AnalyticalStore, where: Where, after: tuple[int, str] | None, limit: int
) -> list[EventSummary]:
    """Events that match, newest first by their own time, then by id. ``after`` is the last one's (microseconds, id)."""
    if after is not None:
        time = f"fromUnixTimestamp64Micro({where.parameter('Int64', after[0])}, 'UTC')"
        where.add(f"(timestamp, event_id) < ({time}, {where.parameter('String', after[1])})")
    rows = await store.query(
        f"SELECT {_SUMMARY_COLUMNS} FROM events {where.sql}"
        f" ORDER BY timestamp DESC, event_id DESC LIMIT {where.parameter('UInt32', limit)}",
        where.parameters,
    )
    return [_summary(row) for row in rows]


async def find_event(store: AnalyticalStore, project: int, event_id: str) -> EventDetail | None:
    """One event, or None."""
    rows = await store.query(
        "SELECT issue_id, received, timestamp, title, culprit, level, platform, fingerprint, grouping, event FROM events"
        " WHERE project = {project:UInt32} AND event_id = {event_id:String} LIMIT 1",
        {"project": project, "event_id": event_id},
    )
    if not rows:
        return None
    row = rows[0]
    return EventDetail(
        event_id=event_id,
        issue_id=row["issue_id"],
        project=str(project),
        received=row["received"],
        timestamp=row["timestamp"],
        title=row["title"],
        culprit=row["culprit"],
        level=row["level"],
        platform=row["platform"],
        fingerprint=row["fingerprint"],
        grouping=msgspec.Raw(row["grouping"].encode()),
        event=msgspec.Raw(row["event"].encode()),
    )


async def find_place(store: AnalyticalStore, project: int, event_id: str) -> EventPlace | None:
    """Where an event's record stands, or None."""
    rows = await store.query(
        "SELECT partition, generation, offset, toUnixTimestamp64Micro(received) AS received FROM events"
        " WHERE project = {project:UInt32} AND event_id = {event_id:String} LIMIT 1",
        {"project": project, "event_id": event_id},
    )
    if not rows:
        return None
    row = rows[0]
    position = Position(row["partition"], row["generation"], row["offset"])
    return EventPlace(position, row["received"] / 1_000_000)


async def find_payload(
    archive: Archive, log: Log, project: int, event_id: str, place: EventPlace
) -> Payload | None:
    """A client's own event: from the archive, or from the log while the archive still gathers it; None where neither
    keeps it any more."""
    if body := await _from_archive(archive, project, event_id, place):
        return Payload(body, "archive")
    if body := await _from_log(log, event_id, place.position):
        return Payload(body, "log")
    return None


async def _from_archive(archive: Archive, project: int, event_id: str, place: EventPlace) -> bytes | None:
    partition, generation, offset = place.position
    async for name in archive.list(project, day_of(place.received), partition):
        if name.generation == generation and name.first <= offset <= name.last:
            try:
                body = await archive.get(name)
            except StoreRejected:
                continue  # retention removed it between the listing and now
            if entry := find_entry(decode_object(body), event_id):
                return bytes(entry.payload)
    return None


async def _from_log(log: Log, event_id: str, position: Position) -> bytes | None:
    records = await log.read(_TOPIC, position.partition, position.offset, 1)
    if not records or records[0].offset != position.offset or records[0].value is None:
        return None
    # A topic that was made again has other events at the same offsets.
    if dict(records[0].headers).get("event-id") != event_id.encode():
        return None
    return bytes(_decode_value(records[0].value).payload)


def _summary(row: dict[str, Any]) -> EventSummary:
    return EventSummary(
        event_id=row["event_id"],
        issue_id=row["issue_id"],
        project=str(row["project"]),
        received=row["received"],
        timestamp=row["timestamp"],
        title=row["title"],
        culprit=row["culprit"],
        message=row["message"],
        level=row["level"],
        platform=row["platform"],
        environment=row["environment"],
        release=row["release"],
        user=row["user_key"],
        tags=row["tags"],
        fingerprint=row["fingerprint"],
    )
