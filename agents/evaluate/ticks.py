"""Time as a record: a tick on rules-matched says that all that was received before its time stands before it.

So evaluate judges what did not happen (silence, a fall, the end of an alert) only once it is sure, however far the stages
lag behind, and the passing of time is on its input like everything else: it comes again after a crash.

A tick's time is taken first; then the stages are waited for, one after the other, to have committed all that was on their
topics when the stage before them was done. No tick is sent where time can change nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import msgspec
import structlog

from agents.stage import StageApp
from schemas.rules import RuleMatches
from stores.errors import StoreError
from stores.ports import Log, LogRecord

log = structlog.get_logger(__name__)


class Hop(NamedTuple):
    """A topic, and the stage that consumes it on the way to rules-matched."""

    topic: str
    stage: str


PATH = (
    Hop("events-received", "process"),
    Hop("events-deduplicated", "process"),
    Hop("events-fingerprinted", "detect"),
)

#: Seconds between ticks, and between looks at how far the stages are.
_EVERY = 1.0
_LOOK = 0.25


class Ticker:
    """Sends ticks to the partitions of ``topic`` that ``wanted`` names for a time."""

    interval = _LOOK

    def __init__(self, app: StageApp, topic: str, wanted: Callable[[float], Awaitable[list[int]]]) -> None:
        self._app = app
        self._topic = topic
        self._wanted = wanted
        self._passed = 0
        self._targets: dict[int, int] | None = None
        self._at: float | None = None
        self._last = 0.0
        self._busy = asyncio.Lock()

    async def advance(self) -> bool:
        """Look how far the stages are; returns whether a tick was due and is sent. An unreachable log is no error: the next
        look is soon."""
        if not self._app.is_settled or self._app.config.log is None:
            return False
        try:
            async with self._busy:
                return await self._advance(self._app.config.log)
        except StoreError as error:
            log.warning("tick_not_sent", error=str(error))
            return False

    async def _advance(self, reader: Log) -> bool:
        if self._at is None:
            now = self._app.config.clock()
            if self._last <= now < self._last + _EVERY or not await self._wanted(now):
                return False
            self._at, self._passed, self._targets = now, 0, None
        while self._passed < len(PATH):
            if not await self._has_passed(reader, PATH[self._passed]):
                return False
            self._passed, self._targets = self._passed + 1, None
        at = self._at
        self._at, self._last = None, at
        value = msgspec.json.encode(RuleMatches(at))
        for partition in await self._wanted(at):
            await self._app.send_to_partition(self._topic, partition, [LogRecord(b"tick", value, [])])
        return True

    async def _has_passed(self, reader: Log, hop: Hop) -> bool:
        """Whether a stage has done all that was on its topic when it was asked about for the first time."""
        if self._targets is None:
            offsets = await reader.offsets(hop.topic)
            self._targets = {partition: end for partition, (first, end) in offsets.items() if end > first}
        committed = await reader.committed(f"stacktide-{hop.stage}")
        return all(
            committed.get((hop.topic, partition), 0) >= end for partition, end in self._targets.items()
        )

    async def tick_now(self) -> int:
        """Send a tick of this moment as soon as it may be sent, for tests; it forgets no rows."""
        async with self._busy:
            self._at, self._last = None, 0.0
        if not await self._wanted(self._app.config.clock()):
            return 0
        while not await self.advance():
            await asyncio.sleep(0.02)
        return 0
