"""The folder of a log while it is open: opened, shared by its users in this process, maintained, and closed."""

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Self

import structlog

from embedded.log.files import lock_folder, store_error
from embedded.log.group_commit import WRITERS, GroupCommit
from embedded.log.maintenance import CHECKPOINT, Maintenance, read_checkpoint, write_checkpoint
from embedded.log.offsets import OffsetFile
from embedded.log.partition import Partition
from embedded.log.topics import Topics
from stores.errors import StoreUnavailable

log = structlog.get_logger(__name__)

MIB = 1024 * 1024


class OpenLog:
    """What ``Log`` is built on: its files, the tasks that write and maintain them, and its users.

    All methods belong to one event loop, that of ``start``. Every wait for the disk is done in threads.
    """

    _shared: ClassVar[dict[Path, Any]] = {}

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool,
        linger: float,
        fsync: bool,
        segment_bytes: int,
        maintenance_interval: float,
        clock: Callable[[], float],
    ) -> None:
        self.path = path
        self.read_only = read_only
        self._segment_bytes = segment_bytes
        self._maintenance_interval = maintenance_interval
        self._lock = -1
        self._users = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._executor = ThreadPoolExecutor(WRITERS + 2, thread_name_prefix="embedded-log")
        self._topics = Topics(path, self._executor, clock)
        self._offsets = OffsetFile(path)
        self._members: dict[str, object] = {}
        self._writer = GroupCommit(
            self._offsets,
            self._executor,
            linger=linger,
            fsync=fsync,
            segment_bytes=self._segment_bytes_of,
            clock=clock,
        )
        self._maintenance = Maintenance(
            path, self._offsets, self._writer, self._executor, self._segment_bytes_of, clock
        )

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        read_only: bool = False,
        linger: float = 0.002,
        fsync: bool = True,
        segment_bytes: int = 32 * MIB,
        maintenance_interval: float = 30.0,
        clock: Callable[[], float] = time.time,
    ) -> Self:
        """Open the log in a folder, which is made if need be.

        Read-only it may be opened beside a running writer: it then sees what is on the disk at that moment, takes no lock and
        changes nothing. ``linger`` and ``maintenance_interval`` are in seconds, ``clock`` gives Unix seconds.

        Raises:
            LogLocked: another process has it open for writing.
            LogCorrupt: it cannot be read.
        """
        log_ = cls(
            Path(path).absolute(),
            read_only=read_only,
            linger=linger,
            fsync=fsync,
            segment_bytes=segment_bytes,
            maintenance_interval=maintenance_interval,
            clock=clock,
        )
        try:
            log_._open()
        except BaseException:
            log_.abandon()
            raise
        return log_

    @classmethod
    def shared(cls, path: Path | str, **options: Any) -> Self:
        """The log in a folder as all users in this process share it; ``options`` are those of ``open``.

        The first user opens it, so its options hold. Each user awaits ``start`` once, and ``close`` once.

        Raises:
            LogLocked: another process has it open for writing.
            LogCorrupt: it cannot be read.
        """
        key = Path(path).absolute()
        known = cls._shared.get(key)
        if known is not None and known._loop is not None and known._loop.is_closed():
            # Its users are gone with their event loop, without having closed it.
            known.abandon()
            known = None
        if known is None:
            known = cls._shared[key] = cls.open(key, **options)
        return known

    def _open(self) -> None:
        if not self.read_only:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = lock_folder(self.path)
        elif not self.path.is_dir():
            raise StoreUnavailable(f"There is no log in {self.path}.")
        self._offsets.open(self.read_only)
        self._topics.open(read_checkpoint(self.path), self.read_only)
        if not self.read_only:
            self._renew_checkpoint()

    def _renew_checkpoint(self) -> None:
        """Where the disk has lost the end of a file, the old checkpoint would be believed again once the file has grown."""
        try:
            write_checkpoint(self.path, self._topics.partitions())
        except OSError:
            (self.path / CHECKPOINT).unlink(missing_ok=True)

    async def start(self) -> None:
        """Begin to write and to maintain. Each of several users calls it."""
        self._users += 1
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            if not self.read_only:
                self._tasks = [
                    self._loop.create_task(self._writer.run()),
                    self._loop.create_task(self._maintain()),
                ]
        elif self._loop is not asyncio.get_running_loop():
            raise RuntimeError(f"The log in {self.path} belongs to another event loop of this process.")

    async def close(self) -> None:
        """Write what is queued and release the folder, once the last user has closed."""
        self._users -= 1
        if self._users > 0:
            return
        if self._tasks:
            await self._writer.flush()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            with suppress(OSError):
                write_checkpoint(self.path, self._topics.partitions())
        self.abandon()

    def abandon(self) -> None:
        """Release the folder without writing anything: what a crash of the process would leave."""
        if self._loop is not None and not self._loop.is_closed():
            for task in self._tasks:
                task.cancel()
        self._tasks = []
        if self._shared.get(self.path) is self:
            del self._shared[self.path]
        self._executor.shutdown(wait=True)
        self._writer.close()
        self._offsets.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    async def _maintain(self) -> None:
        while True:
            await asyncio.sleep(self._maintenance_interval)
            await self.maintain()

    async def maintain(self) -> None:
        """Apply retention and compaction now. They also run by themselves."""
        await self._maintenance.run(self._topics.partitions())
        try:
            write_checkpoint(self.path, self._topics.partitions())
        except OSError as error:
            log.warning("log_checkpoint_failed", error=str(store_error(error, self.path)))

    def _segment_bytes_of(self, partition: Partition) -> int:
        # Only sealed segments are compacted, and a restart reads what is not: smaller ones make both quicker.
        compact = self._topics.get(partition.topic).metadata.config.compact
        return self._segment_bytes // 4 if compact else self._segment_bytes
