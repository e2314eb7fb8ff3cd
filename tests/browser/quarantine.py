"""An event that an earlier version set aside, on a dead-letter queue of a log that no server has opened yet."""

import asyncio
import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agents.guard import DLQ_AGENT, DLQ_POSITION, DLQ_REASON, DLQ_TOPIC, DLQ_TRACEBACK
from embedded.context import PARTITIONS
from embedded.log import Log
from schemas.headers import ORIGIN, Position, Received, event_key
from stores.ports import LogRecord
from tests.browser.hostile import HOSTILE, SCRIPT
from topics import DLQ_SUFFIX, planned_topics

TOPIC = "events-deduplicated"


def quarantine_an_event(data: Path) -> None:
    """Put a hostile event on the DLQ in a new data folder, with hostile reasons."""
    # In a thread: Playwright has an event loop in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, _quarantine(data)).result()


async def _quarantine(data: Path) -> None:
    data.mkdir(mode=0o700)
    log = Log.open(data / "log")
    await log.start()
    await log.create_topics(planned_topics(PARTITIONS))
    event_id = uuid.uuid4().hex
    received = Received(1, 1, event_id, time.time(), "application/json", "", "", "events")
    origin = Position(0, await log.generation("events-received"), 0).encode()
    headers = [
        *received.encode(),
        (ORIGIN, origin),
        (DLQ_AGENT, b"fingerprint"),
        (DLQ_TOPIC, TOPIC.encode()),
        (DLQ_POSITION, origin),
        (DLQ_REASON, f"it did not fit: {SCRIPT} {'w' * 300}".encode()),
        (DLQ_TRACEBACK, f"Traceback:\n  {SCRIPT}\n  {'z' * 400}".encode()),
    ]
    event = {**HOSTILE, "event_id": event_id, "exception": None, "message": "set aside for a while"}
    record = LogRecord(event_key(1, event_id), json.dumps(event).encode(), headers)
    await log.send(TOPIC + DLQ_SUFFIX, [record])
    await log.close()
