"""Work with quarantined records: list, show, redrive, drop.

A DLQ is worked off from its oldest record on. How far it has come is the committed offset of the group ``stacktide-dlq``.
"""

import base64
import time
from typing import Any, NamedTuple

import msgspec

from agents.guard import DLQ_AGENT, DLQ_POSITION, DLQ_REASON, DLQ_TOPIC, DLQ_TRACEBACK
from agents.records import Outgoing, outcome_records
from runtime.context import Stream
from runtime.operation import OperationError, operation
from schemas.headers import KEY_ID, ONLY, ORIGIN, PROJECT, STANDS_FOR, Headers, Position, event_key
from schemas.records import FingerprintedEvent, Outcome
from stores.ports import LogRecord, StoredRecord
from topics import DLQ_SUFFIX, consumed_topics

GROUP = "stacktide-dlq"
#: Most characters of a record's value and of its traceback that a list shows; ``dlq_show`` has all.
SHOWN = 8_192
_DLQ_HEADERS = {DLQ_REASON, DLQ_TRACEBACK, DLQ_AGENT, DLQ_TOPIC, DLQ_POSITION}
#: Topics whose records are events; those of the others go back to their own topic.
_EVENT_TOPICS = ("events-received", "events-deduplicated", "events-fingerprinted")


class Quarantined(NamedTuple):
    """A record on a DLQ."""

    partition: int
    record: StoredRecord

    def header(self, name: str) -> str:
        """A header as text, empty where there is none."""
        return dict(self.record.headers).get(name, b"").decode("utf-8", "replace")

    @property
    def position(self) -> str:
        """``partition:offset`` on the DLQ."""
        return f"{self.partition}:{self.record.offset}"


@operation
async def dlq_list(stream: Stream, topic: str = "", limit: int = 100) -> list[dict[str, Any]]:
    """The oldest waiting records of one topic's DLQ, or of all: where they stand and why."""
    names = [_source(topic)] if topic else consumed_topics()
    rows = []
    for name in names:
        for waiting in await _waiting(stream, name, limit):
            rows.append(
                {
                    "topic": name,
                    "position": waiting.position,
                    "at": waiting.record.timestamp,
                    "agent": waiting.header(DLQ_AGENT),
                    "reason": waiting.header(DLQ_REASON),
                    "event_id": waiting.header("event-id"),
                    "bytes": len(waiting.record.value or b""),
                }
            )
    return rows[:limit]


@operation
async def dlq_waiting(stream: Stream) -> dict[str, int]:
    """How many records wait on the DLQ of each topic."""
    return {
        topic: sum(end - first for first, end in (await waiting_offsets(stream, topic)).values())
        for topic in consumed_topics()
    }


@operation
async def dlq_records(stream: Stream, topic: str, limit: int = 50, after: str = "") -> list[dict[str, Any]]:
    """The oldest waiting records of a topic's DLQ, partition by partition, those after the position ``after``: where they
    stand, why, and what they hold as text, each text cut at ``SHOWN`` characters."""
    source = _source(topic)
    return [_as_text(waiting) for waiting in await _waiting(stream, source, limit, _position(after))]


def _as_text(waiting: Quarantined) -> dict[str, Any]:
    value = waiting.record.value or b""
    # A character takes at most four bytes, so this much holds all that is shown.
    text = value[: 4 * SHOWN].decode("utf-8", "replace")
    return {
        "position": waiting.position,
        "at": waiting.record.timestamp,
        "agent": waiting.header(DLQ_AGENT),
        "reason": waiting.header(DLQ_REASON),
        "traceback": waiting.header(DLQ_TRACEBACK)[:SHOWN],
        "event_id": waiting.header("event-id"),
        "project": waiting.header(PROJECT),
        "bytes": len(value),
        "value": text[:SHOWN],
        "cut": len(text) > SHOWN or len(value) > 4 * SHOWN,
    }


@operation
async def dlq_show(stream: Stream, topic: str, position: str) -> dict[str, Any]:
    """One record of a DLQ: headers, traceback and value (as text, or base64 where it is not text)."""
    source = _source(topic)
    partition, offset = _position(position) or (0, -1)
    found = await stream.log.read(source + DLQ_SUFFIX, partition, offset, 1)
    if not found or found[0].offset != offset:
        raise OperationError(f"There is no record {position} on {source}{DLQ_SUFFIX}.")
    waiting = Quarantined(partition, found[0])
    value = found[0].value or b""
    try:
        shown = {"value": value.decode()}
    except UnicodeDecodeError:
        shown = {"value_base64": base64.b64encode(value).decode()}
    headers = {name: waiting.header(name) for name, _ in found[0].headers if name != DLQ_TRACEBACK}
    return {"headers": headers, "traceback": waiting.header(DLQ_TRACEBACK), **shown}


@operation
async def dlq_redrive(stream: Stream, topic: str, limit: int = 1_000_000) -> dict[str, int]:
    """Send the oldest waiting records through the pipeline again. Doing it twice counts nothing twice."""
    source = _source(topic)
    return {"redriven": await _work_off(stream, source, limit, _redriven, "redriven")}


@operation
async def dlq_drop(stream: Stream, topic: str, limit: int = 1_000_000) -> dict[str, int]:
    """Give up the oldest waiting records; their events end with the outcome ``invalid``, reason ``dropped_from_dlq``."""
    source = _source(topic)
    return {"dropped": await _work_off(stream, source, limit, lambda _source, _waiting: [], "dropped")}


def _source(topic: str) -> str:
    name = topic.removesuffix(DLQ_SUFFIX)
    if name not in consumed_topics():
        raise OperationError(f"There is no topic {topic!r}. The topics are {', '.join(consumed_topics())}.")
    return name


def _position(text: str) -> tuple[int, int] | None:
    """The partition and offset that a text names; None for no text."""
    if not text:
        return None
    try:
        partition, offset = map(int, text.split(":"))
    except ValueError:
        raise OperationError(
            f"{text!r} is not a position. Give partition:offset, as `stacktide dlq list` prints it."
        ) from None
    return partition, offset


async def waiting_offsets(stream: Stream, source: str) -> dict[int, tuple[int, int]]:
    """The first waiting record of a topic's DLQ and the end, by partition."""
    dlq = source + DLQ_SUFFIX
    committed = await stream.log.committed(GROUP)
    return {
        partition: (max(first, committed.get((dlq, partition), 0)), end)
        for partition, (first, end) in (await stream.log.offsets(dlq)).items()
    }


async def _waiting(
    stream: Stream, source: str, limit: int, after: tuple[int, int] | None = None
) -> list[Quarantined]:
    """Up to ``limit`` waiting records, partition by partition; those after a partition and offset."""
    dlq = source + DLQ_SUFFIX
    found: list[Quarantined] = []
    for partition, (offset, end) in sorted((await waiting_offsets(stream, source)).items()):
        if after is not None:
            if partition < after[0]:
                continue
            if partition == after[0]:
                offset = max(offset, after[1] + 1)
        while offset < end and len(found) < limit:
            records = await stream.log.read(dlq, partition, offset, limit - len(found))
            if not records:
                break
            found += [Quarantined(partition, record) for record in records]
            offset = records[-1].offset + 1
    return found


async def _work_off(stream: Stream, source: str, limit: int, resend: Any, done: str) -> int:
    waiting = await _waiting(stream, source, limit)
    sends: list[Outgoing] = []
    outcomes: list[Outcome] = []
    for record in waiting:
        sends += resend(source, record)
        outcomes += _outcome(source, record, done)
    for out in sends + outcome_records(outcomes):
        await stream.log.send(out.topic, [LogRecord(out.key, out.value, out.headers)])
    reached = {(source + DLQ_SUFFIX, item.partition): item.record.offset + 1 for item in waiting}
    if reached:
        await stream.log.commit(GROUP, reached)
    return len(waiting)


def _redriven(source: str, waiting: Quarantined) -> list[Outgoing]:
    """What to send for a record: an event goes in at events-received and names the origin that it stands for."""
    record = waiting.record
    headers: Headers = [(name, value) for name, value in record.headers if name not in _DLQ_HEADERS]
    if source not in _EVENT_TOPICS:
        return [Outgoing(source, record.key or b"", record.value or b"", headers)]
    value = record.value or b""
    kept = [(name, value) for name, value in headers if name not in (ORIGIN, STANDS_FOR)]
    if source == "events-fingerprinted":
        value = bytes(msgspec.json.decode(value, type=FingerprintedEvent).payload)
        kept = [(name, content) for name, content in kept if name != ONLY]
        kept.append((ONLY, waiting.header(DLQ_AGENT).encode()))
    kept.append((STANDS_FOR, _origin(source, waiting).encode()))
    key = event_key(int(waiting.header("project")), waiting.header("event-id"))
    return [Outgoing("events-received", key, value, kept)]


def _origin(source: str, waiting: Quarantined) -> Position:
    origin = waiting.header(DLQ_POSITION) if source == "events-received" else waiting.header(ORIGIN)
    return Position.decode(origin.encode())


def _outcome(source: str, waiting: Quarantined, done: str) -> list[Outcome]:
    """The end of the quarantined record itself; past fingerprint its event was accepted already."""
    if source not in _EVENT_TOPICS[:2]:
        return []
    outcome, reason = ("redriven", "") if done == "redriven" else ("invalid", "dropped_from_dlq")
    return [
        Outcome(
            id=_origin(source, waiting).encode().decode(),
            project=int(waiting.header(PROJECT) or 0),
            key_id=int(waiting.header(KEY_ID) or 0),
            outcome=outcome,
            reason=reason,
            category="error",
            quantity=1,
            at=time.time(),
        )
    ]
