"""A backlog for stages to be measured on: events laid ready on the log, and how much of them a group has yet to consume."""

import json
import time
import uuid
from collections.abc import Iterable

from benchmarks.events import make_event
from schemas.headers import Received, event_key
from stores.ports import Log, LogRecord

KINDS = 200
_BATCH = 500


async def fill(log: Log, count: int) -> None:
    """Put ``count`` events of 2 KiB on events-received, as the edge does."""
    for first in range(0, count, _BATCH):
        serials = range(first, min(first + _BATCH, count))
        await log.send("events-received", [_record(serial) for serial in serials])


def _record(serial: int) -> LogRecord:
    event = make_event(serial % KINDS, serial, 2048)
    event["event_id"] = uuid.uuid4().hex
    event.pop("timestamp", None)
    received = Received(1, 1, event["event_id"], time.time(), "", "127.0.0.1", "bench/1", "envelope")
    return LogRecord(event_key(1, event["event_id"]), json.dumps(event).encode(), received.encode())


async def remaining(log: Log, group: str, topics: Iterable[str]) -> int:
    """How many records of some topics a group has not committed yet."""
    committed = await log.committed(group)
    ends = [
        (topic, partition, end)
        for topic in topics
        for partition, (_, end) in (await log.offsets(topic)).items()
    ]
    return sum(end - committed.get((topic, partition), 0) for topic, partition, end in ends)
