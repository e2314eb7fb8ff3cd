"""What keeps the log small by itself: retention, compaction, and the checkpoint that makes the next start quick."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from pathlib import Path

import msgspec
import structlog

import metrics
from embedded.log.compaction import compact, worth_compacting
from embedded.log.files import replace_file, sync_folder
from embedded.log.group_commit import GroupCommit
from embedded.log.offsets import OffsetFile
from embedded.log.partition import Checkpoint, Partition
from embedded.log.segment import Segment
from embedded.log.topic import TopicConfig
from stores.errors import StoreError

log = structlog.get_logger(__name__)

CHECKPOINT = "checkpoint.json"
#: The newest segment is sealed once it holds records this old, as a part of the retention; so a record outlives the retention
#: by an eighth at most, and one of an idle topic goes like any other.
ROLL_PART = 1 / 8


class Maintenance:
    """Applies retention and compaction to partitions, one after the other."""

    def __init__(
        self,
        folder: Path,
        offsets: OffsetFile,
        writer: GroupCommit,
        executor: Executor,
        segment_bytes: Callable[[Partition], int],
        clock: Callable[[], float],
    ) -> None:
        self._folder = folder
        self._offsets = offsets
        self._writer = writer
        self._executor = executor
        self._segment_bytes = segment_bytes
        self._clock = clock

    async def run(self, partitions: Iterable[tuple[Partition, TopicConfig]]) -> None:
        """Maintain partitions once. What fails is logged and tried again the next time."""
        sizes: dict[str, int] = {}
        for partition, config in partitions:
            try:
                await self._maintain(partition, config)
            except (OSError, StoreError) as error:
                log.error(
                    "log_maintenance_failed",
                    topic=partition.topic,
                    partition=partition.number,
                    error=str(error),
                )
            sizes[partition.topic] = sizes.get(partition.topic, 0) + partition.size
        for topic, size in sizes.items():
            metrics.LOG_BYTES.labels(topic).set(size)

    async def _maintain(self, partition: Partition, config: TopicConfig) -> None:
        now = self._clock()
        for segment in list(partition.segments):
            if segment.unscanned:
                loop = asyncio.get_running_loop()
                segment.note_scan(await loop.run_in_executor(self._executor, segment.scan, segment.unscanned))
        if config.delete:
            await self._roll_by_age(partition, config, now)
            consumed = [
                committed.offset
                for committed in self._offsets.of_partition(partition.topic, partition.number)
            ]
            self._drop(partition, _expired(partition, config, now, min(consumed, default=partition.end)))
        if config.compact:
            await self._compact(partition, now)

    async def _roll_by_age(self, partition: Partition, config: TopicConfig, now: float) -> None:
        active = partition.active
        if active is None or not active.size or not config.retention:
            return
        if now - active.first_appended > config.retention * ROLL_PART:
            await self._writer.roll(partition)

    def _drop(self, partition: Partition, expired: list[Segment]) -> None:
        if not expired:
            return
        del partition.segments[: len(expired)]
        for segment in expired:
            segment.path.unlink()
        sync_folder(partition.folder)
        log.info(
            "log_retention",
            topic=partition.topic,
            partition=partition.number,
            segments=len(expired),
            start=partition.start,
        )
        for committed in self._offsets.of_partition(partition.topic, partition.number):
            if committed.offset < partition.start:
                log.warning(
                    "log_retention_overtook_consumer",
                    topic=partition.topic,
                    partition=partition.number,
                    group=committed.group,
                    records=partition.start - committed.offset,
                    advice="the group is too slow or stopped; raise the topic's retention if this matters",
                )

    async def _compact(self, partition: Partition, now: float) -> None:
        sealed = partition.segments[:-1]
        if not worth_compacting(sealed):
            return
        outputs = await asyncio.get_running_loop().run_in_executor(
            self._executor,
            compact,
            partition.folder,
            sealed,
            partition.segments[-1].base,
            partition.end - 1,
            self._segment_bytes(partition),
            now,
        )
        replaced = [segment for segment in sealed if segment.base < outputs[-1].covers]
        partition.segments[: len(replaced)] = outputs
        for segment in replaced:
            segment.path.unlink()
        log.info(
            "log_compacted",
            topic=partition.topic,
            partition=partition.number,
            bytes_before=sum(segment.size for segment in replaced),
            bytes_after=sum(segment.size for segment in outputs),
        )


def _expired(partition: Partition, config: TopicConfig, now: float, consumed: int) -> list[Segment]:
    """The oldest sealed segments, as far as retention lets go of them.

    For its size alone a segment does not go before every group has consumed it (``consumed`` is the lowest committed
    offset): a stage that is behind would lose what was acknowledged. If the disk fills meanwhile, appends are refused.
    """
    sealed = partition.segments[:-1]
    excess = partition.size - config.retention_bytes if config.retention_bytes else 0
    expired: list[Segment] = []
    for segment, following in zip(sealed, partition.segments[1:], strict=True):
        too_old = config.retention and now - segment.last_appended > config.retention
        too_much = excess > 0 and following.base <= consumed
        if not too_old and not too_much:
            break
        excess -= segment.size
        expired.append(segment)
    return expired


def write_checkpoint(folder: Path, partitions: Iterable[tuple[Partition, TopicConfig]]) -> None:
    """Note how far each partition is known to be good, so that the next start need not read what lies before."""
    known = {f"{partition.topic}/{partition.number}": partition.checkpoint() for partition, _ in partitions}
    replace_file(folder / CHECKPOINT, msgspec.json.encode(known))


def read_checkpoint(folder: Path) -> dict[str, Checkpoint | None]:
    """What ``write_checkpoint`` noted last. It only saves time, so one that cannot be read counts for nothing."""
    try:
        return msgspec.json.decode((folder / CHECKPOINT).read_bytes(), type=dict[str, Checkpoint | None])
    except (OSError, msgspec.MsgspecError):
        return {}
