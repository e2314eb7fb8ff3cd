"""The edge's spool: records that were acknowledged while the log was away, on the local disk until the log has them.

It is an embedded log of its own, of which one consumer group is the drainer: so a group of records reaches the disk with one
fsync, a torn tail is cut off when it is opened, and how far it was drained is kept through a crash.
"""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import structlog

from embedded.log import Log, LogCorrupt, LogLocked, TopicConfig
from embedded.log.records import size_of
from ingest import edge, outcomes
from settings import DAY, MIB
from stores.errors import StoreUnavailable
from stores.ports import LogRecord

TOPICS = (edge.TOPIC, edge.SESSIONS_TOPIC, outcomes.TOPIC)
"""The topics that the edge writes to. What the log refused for good waits beside each under a name of its own."""

_GROUP = "drain"
_REJECTED = "-rejected"
_LARGEST_SEGMENT = 8 * MIB
_RECORD_OVERHEAD = 512
"""Bytes that headers, offsets and frames add to a record, at most; headers of the edge have bounded texts."""

log = structlog.get_logger(__name__)


class Batch(NamedTuple):
    """The oldest records of a topic; ``end`` is the position behind them."""

    records: list[LogRecord]
    end: int


class Spool:
    """One folder of spooled records, held by one process. ``limit`` bounds its bytes on the disk."""

    def __init__(self, folder: Path, limit: int, log: Log) -> None:
        self.folder = folder
        self._limit = limit
        self._log = log
        self._positions: dict[str, int] = {}

    @classmethod
    async def open(cls, folder: Path, limit: int) -> "Spool":
        """Open a folder, which is made if need be. One that cannot be read is put aside first.

        Raises:
            LogLocked: another process holds it.
            StoreUnavailable: the disk cannot be written.
        """
        try:
            opened = _open_log(folder, limit)
        except LogCorrupt as error:
            aside = folder.with_name(f"{folder.name}.corrupt-{int(time.time())}")
            log.error("spool_corrupt", folder=str(folder), kept_as=str(aside), error=str(error))
            folder.rename(aside)
            opened = _open_log(folder, limit)
        await opened.start()
        spool = cls(folder, limit, opened)
        await spool._prepare()
        return spool

    async def _prepare(self) -> None:
        everything = [name for topic in TOPICS for name in (topic, topic + _REJECTED)]
        for name in everything:
            # Let go of by size, of which any is too much: so a file goes as soon as all of it was drained.
            self._log.create_topic(name, 1, TopicConfig(retention=None, retention_bytes=1))
        committed = await self._log.committed(_GROUP)
        for name in everything:
            start, _ = self._log.bounds(name, 0)
            self._positions[name] = max(committed.get((name, 0), 0), start)
        # Without a committed position nothing counts as waiting, and retention would let go of all.
        await self._log.commit(_GROUP, {(name, 0): position for name, position in self._positions.items()})
        for topic in TOPICS:
            # Perhaps the log's settings were mended since it refused them.
            while batch := await self.oldest(topic + _REJECTED):
                await self._log.send(topic, batch.records)
                await self.remove(topic + _REJECTED, batch.end)

    async def close(self) -> None:
        """Release the folder. What waits is drained after the next start."""
        await self._log.close()

    async def destroy(self) -> None:
        """Release the folder and remove it."""
        await self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def add(self, topic: str, records: Sequence[LogRecord]) -> None:
        """Keep records for a topic; returns once they are durable.

        Raises:
            StoreUnavailable: there is no room for them.
            StoreRejected: a record cannot be held.
        """
        size = size_of(records) + _RECORD_OVERHEAD * len(records)
        if self.size + size > self._limit:
            raise StoreUnavailable(f"The spool in {self.folder} is full: it may have {self._limit} bytes.")
        await self._log.send(topic, records)

    async def reject(self, topic: str, record: LogRecord) -> None:
        """Keep a record that the log refused for good. It is tried again at the next start."""
        await self._log.send(topic + _REJECTED, [record])

    @property
    def size(self) -> int:
        """Bytes on the disk, and on their way there."""
        held = sum(self._log.size(name) for name in self._positions)
        return held + self._log.pending_bytes

    @property
    def is_full(self) -> bool:
        """Whether an ordinary record has no room."""
        return self.size + _RECORD_OVERHEAD > self._limit

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits, rejected records included."""
        return all(self.waiting(name) == 0 for name in self._positions)

    def waiting(self, topic: str) -> int:
        """How many records wait for a topic."""
        return self._log.bounds(topic, 0)[1] - self._positions[topic]

    async def oldest(self, topic: str, limit: int = 1000) -> Batch | None:
        """The oldest records that wait for a topic, about a mebibyte of them at most; None when nothing waits.

        A file that cannot be read is put aside, and what follows it is taken.

        Raises:
            StoreUnavailable: the disk cannot be read.
        """
        while self.waiting(topic):
            position = self._positions[topic]
            try:
                records = await self._log.read(topic, 0, position, limit)
            except LogCorrupt as error:
                aside = await self._log.set_aside(topic, 0, position)
                log.error("spool_file_corrupt", kept_as=str(aside), error=str(error))
                start = self._log.bounds(topic, 0)[0]
                self._positions[topic] = max(position, start)
                continue
            if not records:
                await self.remove(topic, self._log.bounds(topic, 0)[1])
                return None
            return Batch([LogRecord(r.key, r.value, r.headers) for r in records], records[-1].offset + 1)
        return None

    async def remove(self, topic: str, end: int) -> None:
        """Forget the records before ``end``, durably, and their files as far as all of it is forgotten.

        Raises:
            StoreUnavailable: the position could not be written.
        """
        await self._log.commit(_GROUP, {(topic, 0): end})
        self._positions[topic] = end

    async def reclaim(self) -> None:
        """Remove the files of which nothing waits."""
        await self._log.maintain()


def _open_log(folder: Path, limit: int) -> Log:
    # Small files beside the bound, since what was drained of the newest still counts.
    return Log.open(folder, segment_bytes=min(_LARGEST_SEGMENT, limit // 16), maintenance_interval=DAY)


async def adopt(folder: Path, processes: int, limit: int) -> list[Spool]:
    """The spools in ``folder`` that were left by more processes than now run."""
    adopted = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir() and path.name.isdecimal() and int(path.name) >= processes:
            try:
                adopted.append(await Spool.open(path, limit))
                log.info("spool_adopted", folder=str(path))
            except LogLocked as error:
                log.warning("spool_not_adopted", folder=str(path), error=str(error))
    return adopted
