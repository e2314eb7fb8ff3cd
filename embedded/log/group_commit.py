"""Group commit: appends and committed offsets that arrive close together reach the disk together.

``append`` only queues. A single task takes all that is queued, writes one run of frames for each partition in threads, forces
the files to the disk, and only then resolves the futures and makes the records visible. While it writes, the next group
gathers. An append to an idle log is written at once; after a group the next one waits until ``linger`` has passed since the
last began, so that under load there are few large groups instead of many small ones.
"""

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from functools import partial
from itertools import count
from pathlib import Path
from typing import NamedTuple

import structlog

import metrics
from embedded.log.files import store_error, sync_folder, write_all
from embedded.log.frames import FrameHeader, decode_header, encode_frame, split_records
from embedded.log.offsets import CommittedOffset, OffsetFile
from embedded.log.partition import Partition
from embedded.log.segment import Segment
from stores.errors import StoreError, StoreRejected, StoreUnavailable
from stores.ports import LogRecord, StoredRecord

log = structlog.get_logger(__name__)

#: Threads among which the files of one group are divided.
WRITERS = 4

_new_record = partial(tuple.__new__, StoredRecord)


class _Append(NamedTuple):
    records: Sequence[LogRecord]
    size: int
    timestamp: float | None
    done: asyncio.Future[int]


class _Write:
    """What one group writes to one partition: prepared on the loop, written in a thread, applied on the loop."""

    def __init__(
        self, partition: Partition, appends: list[_Append], appended: float, segment_bytes: int
    ) -> None:
        self.partition = partition
        self.appends = appends
        self.error: StoreError | None = None
        self.size = sum(append.size for append in appends)
        self.records: list[StoredRecord] = []
        offset = partition.end
        for append in appends:
            timestamp = appended if append.timestamp is None else append.timestamp
            self.records += [
                _new_record((position, timestamp, key, value, headers))
                for position, (key, value, headers) in zip(count(offset), append.records, strict=False)
            ]
            offset += len(append.records)
        self.frames = [
            encode_frame(run, run[0].offset, run[-1].offset, appended) for run in split_records(self.records)
        ]
        active = partition.active
        if active is None or (active.size and active.size + sum(map(len, self.frames)) > segment_bytes):
            active = Segment.create(partition.folder, partition.end)
        self.segment = active

    def write(self, files: "OpenFiles") -> None:
        """Write the frames after the last good one."""
        try:
            fd = files.get(self.segment)
            position = self.segment.size
            for frame in self.frames:
                write_all(fd, frame, position)
                position += len(frame)
        except OSError as error:
            self._undo(files, error)

    def sync(self, files: "OpenFiles") -> None:
        """Force the frames to the disk."""
        try:
            if self.error is None:
                os.fdatasync(files.get(self.segment))
        except OSError as error:
            self._undo(files, error)

    def _undo(self, files: "OpenFiles", error: OSError) -> None:
        """Leave the file as it was, so that the next append begins after the last good frame."""
        self.error = store_error(error, self.segment.path)
        if self.segment is self.partition.active:
            files.truncate(self.segment)
        else:
            files.remove(self.segment)

    def apply(self) -> None:
        """Make the records visible and tell those who appended them."""
        headers: list[FrameHeader] = [decode_header(frame) for frame in self.frames]
        offset = self.records[0].offset
        self.partition.appended(self.segment, headers, self.records, self.size)
        for append in self.appends:
            if not append.done.done():
                append.done.set_result(offset)
            offset += len(append.records)


class OpenFiles:
    """File descriptors of the segments that are being appended to, one a partition."""

    def __init__(self) -> None:
        self._open: dict[Path, tuple[Path, int]] = {}

    def get(self, segment: Segment) -> int:
        """The descriptor of a segment; makes the file, and closes that of the segment before it."""
        folder = segment.path.parent
        path, fd = self._open.get(folder, (folder, -1))
        if path == segment.path:
            return fd
        if not folder.is_dir():
            folder.mkdir()
            sync_folder(folder.parent)
        opened = os.open(segment.path, os.O_RDWR | os.O_CREAT, 0o644)
        if fd >= 0:
            os.close(fd)
        self._open[folder] = (segment.path, opened)
        sync_folder(folder)
        return opened

    def truncate(self, segment: Segment) -> None:
        """Cut a segment's file back to its good frames."""
        path, fd = self._open.get(segment.path.parent, (None, -1))
        if path == segment.path:
            os.ftruncate(fd, segment.size)

    def remove(self, segment: Segment) -> None:
        """Remove the file of a segment that came to nothing."""
        path, fd = self._open.get(segment.path.parent, (None, -1))
        if path == segment.path:
            os.close(fd)
            del self._open[segment.path.parent]
        segment.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close all."""
        for _, fd in self._open.values():
            os.close(fd)
        self._open.clear()


class GroupCommit:
    """The only writer of a log's partitions and of its committed offsets."""

    def __init__(
        self,
        offsets: OffsetFile,
        executor: Executor,
        *,
        linger: float,
        fsync: bool,
        segment_bytes: Callable[[Partition], int],
        clock: Callable[[], float],
    ) -> None:
        self._offsets = offsets
        self._executor = executor
        self._linger = linger
        self._fsync = fsync
        self._segment_bytes = segment_bytes
        self._clock = clock
        self._files = OpenFiles()
        self._appends: dict[Partition, list[_Append]] = {}
        self._commits: list[CommittedOffset] = []
        self._committed: asyncio.Future[None] | None = None
        self._queued = asyncio.Event()
        self._group = asyncio.Lock()
        self._writing: asyncio.Future[None] | None = None
        self._flushes: list[asyncio.Future[None]] = []
        self._began = -linger
        self.pending_bytes = 0

    def append(
        self, partition: Partition, records: Sequence[LogRecord], size: int, timestamp: float | None
    ) -> asyncio.Future[int]:
        """Queue records, at least one, whose keys and values have ``size`` bytes; resolves to the first one's offset."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._appends.setdefault(partition, []).append(_Append(records, size, timestamp, done))
        self.pending_bytes += size
        self._queued.set()
        return done

    def commit(self, offsets: Iterable[CommittedOffset]) -> asyncio.Future[None]:
        """Queue offsets to be committed."""
        if self._committed is None:
            self._committed = asyncio.get_running_loop().create_future()
        self._commits += offsets
        self._queued.set()
        return self._committed

    async def flush(self) -> None:
        """Wait until all that is queued now has been written, or has failed."""
        if self._queued.is_set():
            flushed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._flushes.append(flushed)
            await flushed
        elif self._writing is not None:
            await asyncio.shield(self._writing)

    async def roll(self, partition: Partition) -> None:
        """Seal a partition's newest segment: the next append begins another.

        Raises:
            OSError: the new file cannot be made.
        """
        async with self._group:
            self._roll(partition)

    def _roll(self, partition: Partition) -> None:
        if partition.active is not None and partition.active.size:
            segment = Segment.create(partition.folder, partition.end)
            self._files.get(segment)
            partition.segments.append(segment)

    async def set_aside(self, partition: Partition, offset: int) -> Path:
        """Put the segment that holds an offset aside; returns what its file is called now.

        Raises:
            OSError: it cannot be renamed.
        """
        async with self._group:
            segment = partition.segment_of(offset)
            if segment is partition.active:
                self._roll(partition)
            return partition.set_aside(segment)

    async def run(self) -> None:
        """Write group after group until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await self._queued.wait()
            await asyncio.sleep(max(self._began + self._linger - loop.time(), 0))
            self._began = loop.time()
            self._writing = loop.create_future()
            flushes, self._flushes = self._flushes, []
            try:
                async with self._group:
                    await self._write_group()
            finally:
                for waiting in (self._writing, *flushes):
                    if not waiting.done():
                        waiting.set_result(None)
                self._writing = None
            metrics.LOG_COMMIT_SECONDS.observe(loop.time() - self._began)

    async def _write_group(self) -> None:
        appends, self._appends = self._appends, {}
        commits, self._commits = self._commits, []
        committed, self._committed = self._committed, None
        self._queued.clear()
        appended = self._clock()
        writes = self._prepare(appends, appended)
        shares = [writes[first::WRITERS] for first in range(min(WRITERS, len(writes)))]
        jobs = [partial(self._write_files, share) for share in shares]
        if committed is not None:
            jobs.append(partial(self._offsets.write, commits, appended, self._fsync))
        loop = asyncio.get_running_loop()
        results = await asyncio.gather(
            *(loop.run_in_executor(self._executor, job) for job in jobs), return_exceptions=True
        )
        for share, result in zip(shares, results, strict=False):
            for write in share:
                self._finish(write, result)
        self.pending_bytes -= sum(append.size for queued in appends.values() for append in queued)
        if committed is not None:
            self._finish_commit(committed, commits, results[-1])

    def _prepare(self, appends: dict[Partition, list[_Append]], appended: float) -> list[_Write]:
        writes: list[_Write] = []
        for partition, queued in appends.items():
            try:
                writes.append(_Write(partition, queued, appended, self._segment_bytes(partition)))
            except Exception as error:
                # Whatever it was: the others of the group shall not wait for ever.
                log.exception("log_append_not_encoded", topic=partition.topic)
                _fail(queued, StoreRejected(f"A record for {partition.topic} cannot be encoded: {error!r}."))
        return writes

    def _write_files(self, writes: list[_Write]) -> None:
        for write in writes:
            write.write(self._files)
        if self._fsync:
            for write in writes:
                write.sync(self._files)

    def _finish(self, write: _Write, result: BaseException | None) -> None:
        if result is not None and write.error is None:
            log.error("log_write_failed", file=str(write.segment.path), error=repr(result))
            write.error = StoreUnavailable(f"Cannot write {write.segment.path}: {result!r}.")
        if write.error is None:
            write.apply()
            metrics.LOG_APPENDS.labels(write.partition.topic).inc(len(write.records))
            return
        # What was queued behind the failed append must not overtake it: its sender will try again, in order.
        behind = self._appends.pop(write.partition, [])
        self.pending_bytes -= sum(append.size for append in behind)
        _fail(write.appends + behind, write.error)

    def _finish_commit(
        self, committed: asyncio.Future[None], commits: list[CommittedOffset], result: BaseException | None
    ) -> None:
        if result is None:
            self._offsets.apply(commits)
            if not committed.done():
                committed.set_result(None)
        elif not committed.done():
            error = store_error(result, self._offsets.path) if isinstance(result, OSError) else result
            committed.set_exception(error)

    def close(self) -> None:
        """Release the files; nothing may be queued any more."""
        self._files.close()


def _fail(appends: list[_Append], error: Exception) -> None:
    for append in appends:
        if not append.done.done():
            append.done.set_exception(error)
