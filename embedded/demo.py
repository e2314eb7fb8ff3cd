"""``up --demo``: streams realistic errors of several made-up services through the edge, as SDKs would."""

import asyncio
import random
import uuid

import structlog

from benchmarks.events import make_event
from commands.send import parse_dsn, post_envelope

log = structlog.get_logger(__name__)

_KINDS = 40
_PAUSE = 0.5


async def run_demo(dsn: str) -> None:
    """Send about two events a second until cancelled, some kinds far more often than others."""
    url, key = parse_dsn(dsn)
    serial = 0
    while True:
        kind = min(int(random.expovariate(1 / 8)), _KINDS - 1)
        event = make_event(kind, serial)
        event["event_id"] = uuid.uuid4().hex
        event.pop("timestamp", None)
        status, answer = await post_envelope(url, key, event)
        if status != 200:
            log.warning("demo_event_refused", status=status, answer=answer)
        serial += 1
        await asyncio.sleep(random.uniform(0.2, 1.8) * _PAUSE)
