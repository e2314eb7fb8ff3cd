"""One event, and its payload."""

from typing import NamedTuple

import msgspec

from agents.sinks.archive.encode import day_of, decode_object, find_entry
from api.models import EventDetail
from schemas.headers import Position
from stores.errors import StoreRejected
from stores.ports import AnalyticalStore, Archive, Log

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
    """Where the record from which an event was archived stands on events-fingerprinted, and when it was received (Unix
    seconds)."""

    position: Position
    received: float


async def find_event(store: AnalyticalStore, project: int, event_id: str) -> EventDetail | None:
    """One event, or None."""
    rows = await store.query(
        "SELECT issue_id, received, timestamp, title, culprit, level, platform, fingerprint, grouping, event FROM events"
        " WHERE project = {project:UInt32} AND event_id = {event_id:String} ORDER BY replay DESC LIMIT 1",
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
        "SELECT archived_partition AS partition, archived_generation AS generation, archived_offset AS offset,"
        " toUnixTimestamp64Micro(received) AS received FROM events"
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
