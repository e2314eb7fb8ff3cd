"""Outcomes of what the edge refuses, gathered for a moment, so that a flood of refusals does not flood the
log.
"""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import structlog

from metrics import OUTCOMES
from schemas.records import Outcome, Outcomes
from stores.errors import StoreError
from stores.ports import LogRecord, LogWriter

TOPIC = "outcomes-recorded"
INTERVAL = 1.0
"""Seconds for which outcomes are gathered. A kill of the process loses at most these."""

log = structlog.get_logger(__name__)


class Refused(NamedTuple):
    """What outcomes are summed by. ``project`` and ``key_id`` are 0 where they are not known."""

    project: int
    key_id: int
    outcome: str
    reason: str
    category: str


class OutcomeRecorder:
    """Sums outcomes and sends the sums, one record a project.

    A batch that could not be sent is kept and sent again as it is, ids and all, before the next: a reader
    drops repeats by id. All the fields of ``Refused`` come from bounded sets, so that what is gathered
    meanwhile is bounded too.
    """

    def __init__(self, log: LogWriter, clock: Callable[[], float]) -> None:
        self._log = log
        self._clock = clock
        self._boot = uuid.uuid4().hex[:12]
        self._number = 0
        self._sums: defaultdict[Refused, int] = defaultdict(int)
        self._unsent: list[LogRecord] = []
        self._flushing = asyncio.Lock()

    def record(self, refused: Refused, quantity: int = 1) -> None:
        """Count ``quantity`` refused events or items."""
        self._sums[refused] += quantity
        OUTCOMES.labels(refused.outcome, refused.reason).inc(quantity)

    async def run(self) -> None:
        """Send what has gathered, every ``INTERVAL`` seconds until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL)
            await self.flush()

    async def flush(self) -> bool:
        """Send what has gathered; False when the log did not take it, and it is kept for the next time."""
        async with self._flushing:
            if not await self._send():
                return False
            self._unsent = self._records()
            return await self._send()

    async def _send(self) -> bool:
        if self._unsent:
            try:
                await self._log.send(TOPIC, self._unsent)
            except StoreError as error:
                log.warning("outcomes could not be sent, will try again", error=str(error))
                return False
            self._unsent = []
        return True

    def _records(self) -> list[LogRecord]:
        at = self._clock()
        by_project: defaultdict[int, list[Outcome]] = defaultdict(list)
        for refused, quantity in self._sums.items():
            self._number += 1
            by_project[refused.project].append(
                Outcome(
                    id=f"edge-{self._boot}-{self._number}",
                    project=refused.project,
                    key_id=refused.key_id,
                    outcome=refused.outcome,
                    reason=refused.reason,
                    category=refused.category,
                    quantity=quantity,
                    at=at,
                )
            )
        self._sums.clear()
        return [
            LogRecord(b"%d" % project, msgspec.json.encode(Outcomes(tuple(outcomes))), [])
            for project, outcomes in by_project.items()
        ]
