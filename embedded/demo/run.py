"""Sends the demo's events through the edge, as SDKs would: a day of history at first, then as time goes by."""

import asyncio
import random
import time
from pathlib import Path

import aiohttp
import structlog

from commands.send import parse_dsn, post_envelope
from embedded.demo.events import SPIKE_FACTOR, is_spike, make_event

log = structlog.get_logger(__name__)

#: Seconds between two events.
_PAUSE = 0.7
_HISTORY_SECONDS = 86_400
_HISTORY_EVENTS = 3000
_AT_ONCE = 20


async def run_demo(dsn: str, folder: Path) -> None:
    """Send until cancelled. ``folder`` holds the mark that the history was sent."""
    url, key = parse_dsn(dsn)
    chance = random.Random()
    mark = folder / "demo-history"
    if not mark.exists():
        await _send_history(url, key, chance)
        mark.touch()
    while True:
        now = time.time()
        await _send(url, key, chance, now)
        factor = SPIKE_FACTOR if is_spike(now) else 1
        await asyncio.sleep(chance.uniform(0.2, 1.8) * _PAUSE / factor)


async def _send_history(url: str, key: str, chance: random.Random) -> None:
    now = time.time()
    times = sorted(now - chance.uniform(60, _HISTORY_SECONDS) for _ in range(_HISTORY_EVENTS))
    for start in range(0, len(times), _AT_ONCE):
        await asyncio.gather(*(_send(url, key, chance, at) for at in times[start : start + _AT_ONCE]))


async def _send(url: str, key: str, chance: random.Random, at: float) -> None:
    try:
        status, answer = await post_envelope(url, key, make_event(chance, at))
    except (OSError, aiohttp.ClientError) as error:
        log.warning("demo_event_not_sent", error=str(error))
        return
    if status != 200:
        log.warning("demo_event_refused", status=status, answer=answer)
