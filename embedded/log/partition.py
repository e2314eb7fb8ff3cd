"""One partition of a topic: its segments, its end, and those who wait for more.

Everything here runs on the event loop; what touches the disk for longer is given to a thread with values that do not change.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

import structlog

from embedded.log.cache import CacheBudget, PartitionCache
from embedded.log.files import sync_folder
from embedded.log.frames import FrameHeader
from embedded.log.segment import Segment, live_segments
from stores.errors import StoreUnavailable
from stores.ports import StoredRecord

log = structlog.get_logger(__name__)


#: Base of the newest segment, a position in it that is known to be good, and the offset that follows there.
Checkpoint = tuple[int, int, int]


class Partition:
    """One partition. ``end`` is the offset after the last durable record: what lies below is visible to readers."""

    def __init__(
        self, topic: str, number: int, folder: Path, budget: CacheBudget, executor: Executor
    ) -> None:
        self.topic = topic
        self.number = number
        self.folder = folder
        self.segments: list[Segment] = []
        self.end = 0
        self.watchers: set[Callable[[], None]] = set()
        self._executor = executor
        self._budget = budget
        self.cache = PartitionCache(budget, 0)

    def open(self, checkpoint: Checkpoint | None, read_only: bool) -> None:
        """Find the segments, and cut off what had not been acknowledged when the last writer stopped.

        Up to ``checkpoint`` the newest segment is known to be good, so only what follows is read.

        Raises:
            LogCorrupt: the newest segment cannot be read at all.
        """
        self.segments, leftovers = live_segments(self.folder)
        if not read_only:
            for path in leftovers:
                path.unlink()
        if not self.segments:
            return
        newest = self.segments[-1]
        start, next_offset = 0, max(newest.base, newest.covers)
        if checkpoint and checkpoint[0] == newest.base and checkpoint[1] <= newest.size:
            _, start, next_offset = checkpoint
        good, self.end = newest.good_end(start, next_offset)
        if good < newest.size:
            self._cut(newest, good, read_only)
        newest.unscanned = good
        self.cache = PartitionCache(self._budget, self.end)

    def _cut(self, newest: Segment, good: int, read_only: bool) -> None:
        if not read_only:
            with newest.path.open("r+b") as file:
                file.truncate(good)
            sync_folder(self.folder)
            log.warning(
                "log_tail_cut",
                topic=self.topic,
                partition=self.number,
                file=str(newest.path),
                bytes=newest.size - good,
                next_offset=self.end,
                reason="the last writer stopped within an append that it had not acknowledged",
            )
        newest.size = good

    @property
    def start(self) -> int:
        """The first offset that is kept."""
        return self.segments[0].base if self.segments else self.end

    @property
    def active(self) -> Segment | None:
        """The segment that is being appended to."""
        return self.segments[-1] if self.segments else None

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return sum(segment.size for segment in self.segments)

    def checkpoint(self) -> Checkpoint | None:
        """What ``open`` may take for granted the next time."""
        return (self.active.base, self.active.size, self.end) if self.active else None

    def appended(
        self,
        segment: Segment,
        headers: list[FrameHeader],
        records: list[StoredRecord],
        size: int,
    ) -> None:
        """Make records visible that are durable now."""
        if segment is not self.active:
            self.segments.append(segment)
        for header in headers:
            segment.note_frame(header, segment.size)
        self.cache.add(records, size)
        self.end = records[-1].offset + 1
        for watcher in tuple(self.watchers):
            watcher()

    def cached(self, offset: int, limit: int) -> list[StoredRecord] | None:
        """Up to ``limit`` records at or after ``offset`` without touching the disk, or None where that cannot be."""
        return self.cache.get(offset, limit) if offset < self.end else []

    async def read(self, offset: int, limit: int) -> list[StoredRecord]:
        """Up to ``limit`` records at or after ``offset``; empty at the end. A large batch is cut at about a megabyte.

        Raises:
            LogCorrupt: a record is damaged.
            StoreUnavailable: a file cannot be read.
        """
        while True:
            offset = max(offset, self.start)
            records = self.cached(offset, limit)
            if records is not None:
                return records
            segment = self.segment_of(offset)
            index = self.segments.index(segment)
            following = self.segments[index + 1].base if index + 1 < len(self.segments) else self.end
            try:
                records = await self._read_segment(segment, offset, limit)
            except FileNotFoundError as error:
                if segment in self.segments:
                    raise StoreUnavailable(
                        f"{segment.path} is gone, but neither retention nor compaction removed it."
                    ) from error
                continue
            if records:
                return records
            offset = following

    def segment_of(self, offset: int) -> Segment:
        """The segment that holds an offset, or where that is not kept the one before it."""
        return self.segments[bisect_right(self.segments, offset, key=lambda segment: segment.base) - 1]

    def set_aside(self, segment: Segment) -> Path:
        """Rename a sealed segment's file to ``*.corrupt``, so that its records are no longer read; returns its new path.

        Raises:
            OSError: it cannot be renamed.
        """
        path = segment.path.with_suffix(".corrupt")
        segment.path.rename(path)
        sync_folder(self.folder)
        self.segments.remove(segment)
        return path

    async def _read_segment(self, segment: Segment, offset: int, limit: int) -> list[StoredRecord]:
        loop = asyncio.get_running_loop()
        if segment.unscanned:
            scan = await loop.run_in_executor(self._executor, segment.scan, segment.unscanned)
            segment.note_scan(scan)
        position = segment.position_of(offset)
        return await loop.run_in_executor(self._executor, segment.read, offset, limit, position, segment.size)
