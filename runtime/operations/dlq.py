"""Work with quarantined records: list, show, redrive, drop (``runtime/quarantine.py`` reads them)."""

import base64
import time
from collections.abc import Callable
from typing import Any

import msgspec

from agents.guard import DLQ_AGENT, DLQ_POSITION, DLQ_REASON, DLQ_TOPIC, DLQ_TRACEBACK
from agents.records import Outgoing, outcome_records
from runtime.context import Quarantine, Stream
from runtime.operation import OperationBlocked, OperationError, operation
from runtime.quarantine import (
    EVENT_TOPICS,
    GROUP,
    Quarantined,
    read_quarantined,
    read_waiting,
    waiting_offsets,
)
from schemas.headers import KEY_ID, ONLY, ORIGIN, REPLAY, STANDS_FOR, Headers, Position, event_key
from schemas.records import FingerprintedEvent, Outcome
from stores.ports import LogRecord
from topics import DLQ_SUFFIX, consumed_topics

#: Most characters of a record's value and of its traceback that a list shows; ``dlq_show`` has all.
SHOWN = 8_192
_DLQ_HEADERS = {DLQ_REASON, DLQ_TRACEBACK, DLQ_AGENT, DLQ_TOPIC, DLQ_POSITION}

#: What to send for a record that is given back.
_Resend = Callable[[str, Quarantined], list[Outgoing]]


@operation
async def dlq_list(stream: Quarantine, topic: str = "", limit: int = 100) -> list[dict[str, Any]]:
    """The oldest waiting records of one topic's DLQ, or of all: where they stand and why."""
    names = [_source(topic)] if topic else consumed_topics()
    rows = []
    for name in names:
        for waiting in await read_waiting(stream, name, limit):
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
async def dlq_records(
    stream: Quarantine, topic: str, limit: int = 50, after: str = ""
) -> list[dict[str, Any]]:
    """The oldest waiting records of a topic's DLQ, partition by partition, those after the position ``after``: where they
    stand, why, and what they hold as text, each text cut at ``SHOWN`` characters."""
    source = _source(topic)
    return [_as_text(waiting) for waiting in await read_waiting(stream, source, limit, _position(after))]


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
        "project": waiting.header("project"),
        "bytes": len(value),
        "value": text[:SHOWN],
        "cut": len(text) > SHOWN or len(value) > 4 * SHOWN,
    }


@operation
async def dlq_show(stream: Quarantine, topic: str, position: str) -> dict[str, Any]:
    """One record of a DLQ: headers, traceback and value (as text, or base64 where it is not text)."""
    source = _source(topic)
    partition, offset = _position(position) or (0, -1)
    found = [
        one async for part in read_quarantined(stream, source, partition, offset, offset + 1) for one in part
    ]
    if not found:
        raise OperationError(f"There is no record {position} on {source}{DLQ_SUFFIX}.")
    (waiting,) = found
    value = waiting.record.value or b""
    try:
        shown = {"value": value.decode()}
    except UnicodeDecodeError:
        shown = {"value_base64": base64.b64encode(value).decode()}
    headers = {name: waiting.header(name) for name, _ in waiting.record.headers if name != DLQ_TRACEBACK}
    return {"headers": headers, "traceback": waiting.header(DLQ_TRACEBACK), **shown}


@operation
async def dlq_redrive(stream: Quarantine, topic: str, limit: int = 1_000_000) -> dict[str, int]:
    """Send the oldest waiting records through the pipeline again. Doing it twice counts nothing twice. Those whose
    events were erased are given up."""
    return await _work_off(stream, _source(topic), limit, "redriven", _redriven)


@operation
async def dlq_drop(stream: Quarantine, topic: str, limit: int = 1_000_000) -> dict[str, int]:
    """Give up the oldest waiting records; their events end with the outcome ``invalid``, reason ``dropped_from_dlq``."""
    return await _work_off(stream, _source(topic), limit, "dropped", lambda _source, _waiting: [])


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


async def _work_off(
    stream: Quarantine, source: str, limit: int, done: str, resend: _Resend
) -> dict[str, int]:
    """Give back or up what waits now, some hundreds at once; what fails again meanwhile waits for the next time."""
    counted = {done: 0, "erased": 0}
    for partition, (first, end) in sorted((await waiting_offsets(stream, source)).items()):
        left = limit - sum(counted.values())
        async for part in read_quarantined(stream, source, partition, first, end, left):
            await _send_on(stream, source, part, done, resend)
            erased = sum(one.erased for one in part)
            counted["erased"] += erased
            counted[done] += len(part) - erased
    return counted


async def _send_on(
    stream: Quarantine, source: str, part: list[Quarantined], done: str, resend: _Resend
) -> None:
    sends = [out for one in part if not one.erased for out in resend(source, one)]
    if sends:
        # Asked right before it is sent: an erasure waits for what was sent before, and marks what still waits.
        for project in {one.project for one in part}:
            if await stream.operational.erasures.under_way(project):
                raise OperationBlocked(
                    f"Data of project {project} are being erased; redrive when that is done."
                )
    outcomes = [out for one in part for out in _outcome(source, one, "erased" if one.erased else done)]
    by_topic: dict[str, list[LogRecord]] = {}
    for out in sends + outcome_records(outcomes):
        by_topic.setdefault(out.topic, []).append(LogRecord(out.key, out.value, out.headers))
    for topic, records in by_topic.items():
        await stream.log.send(topic, records)
    last = part[-1]
    await stream.log.commit(GROUP, {(source + DLQ_SUFFIX, last.partition): last.record.offset + 1})


def _redriven(source: str, waiting: Quarantined) -> list[Outgoing]:
    """What to send for a record: an event goes in at events-received and names the origin that it stands for."""
    record = waiting.record
    headers: Headers = [(name, value) for name, value in record.headers if name not in _DLQ_HEADERS]
    if source not in EVENT_TOPICS:
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
    """The end of the quarantined record itself. Past fingerprint its event was accepted already: where it is given up and was
    not stored, it counts as erased."""
    reason = {"redriven": "", "dropped": "dropped_from_dlq", "erased": "erased_from_dlq"}[done]
    if source in EVENT_TOPICS[:2]:
        identity = _origin(source, waiting).encode().decode()
        outcome = "redriven" if done == "redriven" else "invalid"
    elif source == "events-fingerprinted" and done != "redriven" and _was_to_be_stored(waiting):
        identity, outcome = f"erased-{waiting.header(DLQ_POSITION)}", "erased"
    else:
        return []
    return [
        Outcome(
            id=identity,
            project=waiting.project,
            key_id=int(waiting.header(KEY_ID) or 0),
            outcome=outcome,
            reason=reason,
            category="error",
            quantity=1,
            at=time.time(),
        )
    ]


def _was_to_be_stored(waiting: Quarantined) -> bool:
    """Whether ClickHouse lacks the event: a replayed one is there as it came first."""
    return waiting.header(DLQ_AGENT) == "clickhouse_events" and not waiting.header(REPLAY)
