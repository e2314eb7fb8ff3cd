"""The log as the edge writes to it: while it is away, records go to the spool, and from there to the log when it is back."""

import asyncio
from collections.abc import Sequence

import structlog

import metrics
from ingest.spool import TOPICS, Batch, Spool
from stores.errors import StoreError, StoreRejected, StoreUnavailable
from stores.ports import LogRecord, LogWriter

PATIENCE = 2.0
"""Seconds for which a request waits for the log before its events go to the spool. Should the log take them after all,
they are on it twice, and ``deduplicate`` drops the second."""
RETRY = 0.5
"""Seconds between two attempts to reach a log that is away."""

_DRAIN_PATIENCE = 30.0
_BATCH = 1000
_PROBE = 10
"""Records with which a log that is away is tried: it may take them after all, and once more when it is back."""
_RECLAIM_BATCHES = 8

log = structlog.get_logger(__name__)


class SpoolingLog:
    """A ``LogWriter`` before the log. The first of ``spools`` is this process's own, others are drained and removed.

    Once the log has failed, requests do not wait for it in vain one by one: all go to the spool at once, until the drainer
    (``run``) has put the first batch on the log. From then on new records go to the log directly again, beside those that
    still wait; the order between clients does not matter.
    """

    def __init__(
        self, target: LogWriter, spools: Sequence[Spool], patience: float = PATIENCE, retry: float = RETRY
    ) -> None:
        self._target = target
        self._own = spools[0]
        self._spools = list(spools)
        self._patience = patience
        self._retry = retry
        self._due = asyncio.Event()
        self._due.set()
        self.is_away = False

    @property
    def can_take(self) -> bool:
        """Whether a record would be taken just now."""
        return not (self.is_away and self._own.is_full)

    @property
    def waiting(self) -> int:
        """How many records wait for the log."""
        return sum(spool.waiting(topic) for spool in self._spools for topic in TOPICS)

    async def send(self, topic: str, records: Sequence[LogRecord]) -> None:
        """Append records to the log, or keep them until it is back. Returns once all are durable.

        Raises:
            StoreUnavailable: the log is away and the spool has no room.
            StoreRejected: the log will never take them.
        """
        if not self.is_away:
            try:
                async with asyncio.timeout(self._patience):
                    return await self._target.send(topic, records)
            except (StoreUnavailable, TimeoutError) as error:
                self._went_away(error)
        await self._own.add(topic, records)
        self._due.set()
        self._report()
        return None

    async def run(self) -> None:
        """Drain, until cancelled."""
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                await self._drain()
            except (StoreUnavailable, TimeoutError) as error:
                self._went_away(error)
                await asyncio.sleep(self._retry)
                self._due.set()
            except (StoreError, OSError):
                log.exception("spool_not_drained", advice="the disk may be failing")
                await asyncio.sleep(self._retry)
                self._due.set()

    async def _drain(self) -> None:
        drained = 0
        for spool in list(self._spools):
            for topic in TOPICS:
                drained += await self._drain_topic(spool, topic)
            await spool.reclaim()
            if spool is not self._own and spool.is_empty:
                self._spools.remove(spool)
                await spool.destroy()
        self._report()
        if drained:
            log.info("spool_drained", records=drained)
        elif self.is_away:
            # There was nothing to try the log with: the spool has no room, say. So a request has to try.
            await asyncio.sleep(self._retry)
            if not self.waiting:
                self._came_back()

    async def _drain_topic(self, spool: Spool, topic: str) -> int:
        drained = batches = 0
        while batch := await spool.oldest(topic, _PROBE if self.is_away else _BATCH):
            await self._forward(spool, topic, batch)
            self._came_back()
            await spool.remove(topic, batch.end)
            metrics.SPOOL_DRAINED.labels(topic).inc(len(batch.records))
            drained += len(batch.records)
            batches += 1
            if batches % _RECLAIM_BATCHES == 0:
                await spool.reclaim()
            self._report()
        return drained

    async def _forward(self, spool: Spool, topic: str, batch: Batch) -> None:
        try:
            async with asyncio.timeout(_DRAIN_PATIENCE):
                await self._target.send(topic, batch.records)
        except StoreRejected:
            # One that the log will never take must not hold up the others, nor be lost: it was acknowledged.
            for record in batch.records:
                try:
                    async with asyncio.timeout(_DRAIN_PATIENCE):
                        await self._target.send(topic, [record])
                except StoreRejected as error:
                    log.error(
                        "spooled_record_rejected", topic=topic, folder=str(spool.folder), error=str(error)
                    )
                    await spool.reject(topic, record)

    def _went_away(self, error: Exception) -> None:
        if not self.is_away:
            self.is_away = True
            log.warning("log_away_spooling", error=str(error) or f"no answer in {self._patience} s")
        self._due.set()

    def _came_back(self) -> None:
        if self.is_away:
            self.is_away = False
            log.info("log_back", waiting=self.waiting)

    def _report(self) -> None:
        metrics.SPOOL_BYTES.set(sum(spool.size for spool in self._spools))
        for topic in TOPICS:
            metrics.SPOOL_RECORDS.labels(topic).set(sum(spool.waiting(topic) for spool in self._spools))

    async def close(self) -> None:
        """Release the spools. The log is another's to close."""
        for spool in self._spools:
            await spool.close()
