"""The embedded log: topics of partitions on disk, in one process, for any number of users in it."""

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import structlog

from embedded.log.files import lock_folder, store_error
from embedded.log.group_commit import WRITERS, GroupCommit
from embedded.log.maintenance import CHECKPOINT, Maintenance, read_checkpoint, write_checkpoint
from embedded.log.offsets import CommittedOffset, OffsetFile
from embedded.log.partition import Partition
from embedded.log.records import size_of
from embedded.log.topic import TopicConfig
from embedded.log.topics import Topics
from embedded.log.watch import Watch
from stores.errors import StoreRejected, StoreUnavailable
from stores.ports import LogRecord, StoredRecord, TopicState
from topics import TopicPlan

log = structlog.get_logger(__name__)

MIB = 1024 * 1024


class Log:
    """The log in one folder. It is the port ``stores.ports.Log``, and more.

    All methods belong to one event loop, that of ``start``. Every wait for the disk is done in threads.
    """

    _shared: ClassVar[dict[Path, "Log"]] = {}

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
        #: Bound of each partition of the topics of ``create_topics``, in bytes; None for none.
        self.retention_bytes: int | None = None
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
    ) -> "Log":
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
    def shared(cls, path: Path | str, **options: Any) -> "Log":
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

    def create_topic(self, name: str, partitions: int, config: TopicConfig | None = None) -> None:
        """Make a topic, if there is none of that name.

        Raises:
            StoreRejected: there is one with another number of partitions, or the name or the number is not allowed.
            StoreUnavailable: it cannot be written.
        """
        self._topics.create(name, partitions, config or TopicConfig())

    async def topics(self) -> list[str]:
        """Names of all topics."""
        return list(self._topics)

    def has_topic(self, topic: str) -> bool:
        """Whether there is such a topic."""
        return topic in self._topics

    def partitions(self, topic: str) -> int:
        """Number of partitions of a topic.

        Raises:
            StoreRejected: there is no such topic.
        """
        return self._topics.get(topic).metadata.partitions

    async def create_topics(self, plans: Iterable[TopicPlan]) -> list[str]:
        """Make the topics that are missing; returns their names.

        Raises:
            StoreRejected: there is one with another number of partitions.
            StoreUnavailable: they cannot be written.
        """
        made = [plan.name for plan in plans if not self.has_topic(plan.name)]
        for plan in plans:
            config = TopicConfig(plan.retention, self.retention_bytes, plan.compacted, not plan.compacted)
            self.create_topic(plan.name, plan.partitions, config)
        return made

    async def describe_topics(self) -> dict[str, TopicState]:
        """What topics there are."""
        states = {}
        for name in self._topics:
            metadata = self._topics.get(name).metadata
            config = metadata.config
            states[name] = TopicState(metadata.partitions, 1, config.retention, config.compact)
        return states

    async def generation(self, topic: str) -> int:
        """When a topic was made, in Unix milliseconds."""
        return self.made_at(topic)

    def made_at(self, topic: str) -> int:
        """When a topic was made, in Unix milliseconds.

        Raises:
            StoreRejected: there is no such topic.
        """
        return self._topics.get(topic).metadata.generation

    def partition_for(self, topic: str, key: bytes | None) -> int:
        """The partition of a key, the same as Kafka's default partitioner chooses; records without a key take turns.

        Raises:
            StoreRejected: there is no such topic, or the key is not bytes.
        """
        return self._topics.get(topic).partition_for(key)

    def append(
        self, topic: str, partition: int, records: Sequence[LogRecord], timestamp: float | None = None
    ) -> asyncio.Future[int]:
        """Queue records for a partition; resolves, once they are durable, to the offset of the first.

        They become visible at that moment, and not before. ``timestamp`` (Unix seconds) is that of the append if not given.
        The future raises LogFull, or another StoreUnavailable, where they could not be written; then the same holds for all
        that was queued for the partition behind them, so that nothing overtakes a record that is sent again.

        Raises:
            StoreRejected: there is no such partition, or a record cannot be held.
        """
        found = self._topics.partition(topic, partition)
        self._check_writable()
        if not records:
            raise StoreRejected("There is nothing to append.")
        return self._writer.append(found, records, size_of(records), timestamp)

    def _check_writable(self) -> None:
        if self.read_only or not self._tasks:
            state = "open read-only" if self.read_only else "not started, or closed"
            raise StoreUnavailable(f"The log in {self.path} is {state}.")

    @property
    def pending_bytes(self) -> int:
        """Keys and values that were appended and are not yet durable."""
        return self._writer.pending_bytes

    async def flush(self) -> None:
        """Wait until all that was appended before is durable, or has failed."""
        await self._writer.flush()

    async def send(self, topic: str, records: Sequence[LogRecord]) -> None:
        """Append records, each to the partition of its key, in order. Returns once all are durable.

        Raises:
            StoreRejected: there is no such topic, or a record cannot be held.
            StoreUnavailable: some could not be written; others may have been.
        """
        await self.send_many(topic, records)

    async def send_many(
        self, topic: str, records: Sequence[LogRecord], partition: int | None = None
    ) -> dict[int, int]:
        """As ``send``, or all to one partition. Returns the offset of the last record in each partition.

        Raises:
            StoreRejected, StoreUnavailable: as ``send``.
        """
        self._check_writable()
        groups = self._by_partition(topic, records) if partition is None else {partition: records}
        # Nothing is appended unless all of it can be.
        checked = [
            (number, self._topics.partition(topic, number), group, size_of(group))
            for number, group in groups.items()
            if group
        ]
        appends = [self._writer.append(found, group, size, None) for _, found, group, size in checked]
        results = await asyncio.gather(*appends, return_exceptions=True)
        last: dict[int, int] = {}
        for (number, _, group, _), result in zip(checked, results, strict=True):
            if isinstance(result, BaseException):
                raise result
            last[number] = result + len(group) - 1
        return last

    def _by_partition(self, topic: str, records: Sequence[LogRecord]) -> Mapping[int, Sequence[LogRecord]]:
        partition_for = self._topics.get(topic).partition_for
        groups: dict[int, list[LogRecord]] = {}
        for record in records:
            groups.setdefault(partition_for(record[0]), []).append(record)
        return groups

    async def read(self, topic: str, partition: int, offset: int, limit: int = 1000) -> list[StoredRecord]:
        """Up to ``limit`` records at or after ``offset``, or fewer where they are large; empty at the end.

        Raises:
            StoreRejected: there is no such partition.
            LogCorrupt: a record is damaged.
            StoreUnavailable: a file cannot be read.
        """
        return await self._topics.partition(topic, partition).read(offset, limit)

    def read_cached(self, topic: str, partition: int, offset: int, limit: int) -> list[StoredRecord] | None:
        """As ``read`` where the records are in memory, without waiting; None where they are not."""
        return self._topics.partition(topic, partition).cached(offset, limit)

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """First offset kept and next offset to be written.

        Raises:
            StoreRejected: there is no such partition.
        """
        found = self._topics.partition(topic, partition)
        return found.start, found.end

    async def offsets(self, topic: str) -> dict[int, tuple[int, int]]:
        """First offset kept and next offset to be written, by partition. Empty for a topic that does not exist."""
        if topic not in self._topics:
            return {}
        return {
            partition.number: (partition.start, partition.end)
            for partition in self._topics.get(topic).partitions
        }

    def size(self, topic: str) -> int:
        """Bytes of a topic on the disk.

        Raises:
            StoreRejected: there is no such topic.
        """
        return sum(partition.size for partition in self._topics.get(topic).partitions)

    async def set_aside(self, topic: str, partition: int, offset: int) -> Path:
        """Put the file that holds an offset aside, as ``*.corrupt``: for one that cannot be read (LogCorrupt).

        Its records are no longer read; those who read on find the next that is kept. Returns the file's new path.

        Raises:
            StoreRejected: there is no such partition.
            StoreUnavailable: the file cannot be renamed.
        """
        try:
            return await self._writer.set_aside(self._topics.partition(topic, partition), offset)
        except OSError as error:
            raise store_error(error, self.path) from error

    def watch(self, partitions: Iterable[tuple[str, int]], callback: Callable[[], None]) -> Watch:
        """Call back whenever one of the partitions has more to read.

        Raises:
            StoreRejected: there is no such partition.
        """
        return Watch([self._topics.partition(*partition) for partition in partitions], callback)

    async def wait_for_data(self, positions: Mapping[tuple[str, int], int]) -> None:
        """Wait until one of the partitions has a record at or after its offset.

        Raises:
            StoreRejected: there is no such partition.
        """
        more = asyncio.Event()
        watch = self.watch(positions, more.set)
        try:
            while all(self.bounds(*partition)[1] <= offset for partition, offset in positions.items()):
                await more.wait()
                more.clear()
        finally:
            watch.close()

    async def committed(self, group: str) -> dict[tuple[str, int], int]:
        """Next offset to be consumed by a consumer group, by (topic, partition).

        Offsets of a topic that has been made anew since are left out.
        """
        return {
            (offset.topic, offset.partition): offset.offset
            for offset in self._offsets.committed(group)
            if offset.topic in self._topics and self.made_at(offset.topic) == offset.generation
        }

    async def commit(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        """Commit the next offsets to be consumed by a group, by (topic, partition): all durably, or none.

        Raises:
            StoreRejected: an offset lies beyond what is durable, or there is no such partition.
            StoreUnavailable: they could not be written.
        """
        for (topic, partition), offset in offsets.items():
            if not 0 <= offset <= self._topics.partition(topic, partition).end:
                raise StoreRejected(
                    f"Offset {offset} of {topic}/{partition} cannot be committed: it does not exist."
                )
        if offsets:
            await asyncio.shield(
                self._writer.commit(
                    CommittedOffset(group, topic, partition, self.made_at(topic), offset)
                    for (topic, partition), offset in offsets.items()
                )
            )

    def join(self, group: str, member: object) -> None:
        """Take a consumer group for one member.

        Raises:
            StoreRejected: another has it.
        """
        if self._members.setdefault(group, member) is not member:
            raise StoreRejected(
                f"The consumer group {group} has a member already. A group of the embedded log has one: give the other app "
                "an id of its own, or stop the first."
            )

    def leave(self, group: str, member: object) -> None:
        """Give a group up."""
        if self._members.get(group) is member:
            del self._members[group]
