"""A stage: the Faust app of a set of agents that share one consumer group."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import faust
from faust.types import TP

from agents.followed import FollowedTopic, Value
from agents.raw_schema import RawSchema
from agents.records import Outgoing
from agents.stamped_table import StampedTable
from agents.table_manager import StageTableManager
from schemas.rebalance import Rebalance, by_topic
from settings import Settings
from stores.errors import LeaseExpired
from stores.ports import (
    AnalyticalStore,
    Archive,
    Artifacts,
    Log,
    LogRecord,
    OperationalStore,
    SearchSink,
)

#: Bounds of one RocksDB database; the defaults take 64 MiB for each of three write buffers.
ROCKSDB_OPTIONS = {
    "driver": "rocksdict",
    "max_open_files": 64,
    "write_buffer_size": 2 * 1024 * 1024,
    "max_write_buffer_number": 2,
    "target_file_size_base": 8 * 1024 * 1024,
    "block_cache_size": 2 * 1024 * 1024,
}


@dataclass(frozen=True)
class Stores:
    """The stores that agents use. ``search`` is None where there is no stage ``opensearch``, ``artifacts`` where there is no
    symbolication, ``operational`` where nobody is notified."""

    events: AnalyticalStore
    archive: Archive
    search: SearchSink | None = None
    artifacts: Artifacts | None = None
    operational: OperationalStore | None = None


@dataclass
class StageConfig:
    """What a stage is made of. ``partitions`` is the number that the event topics have; ``log`` is for the topics
    that are followed, and for how far the stages have come; ``clock`` gives Unix seconds; ``on_rebalance`` is told of each
    rebalance that has ended."""

    settings: Settings
    group: str
    broker: str
    partitions: int
    stores: Stores | None = None
    clock: Callable[[], float] = field(default=time.time)
    log: Log | None = None
    on_rebalance: Callable[[Rebalance], None] | None = None


class StageApp(faust.App):  # type: ignore[misc]
    """A Faust app that tells its supervisor when it has failed, and sends whole batches."""

    def __init__(self, config: StageConfig) -> None:
        settings = config.settings
        self.config = config
        self.failure: asyncio.Future[BaseException] | None = None
        #: What forgets old rows of the stage's tables; run by timers.
        self.expiries: list[Callable[[], Awaitable[int]]] = []
        #: Tables (``agents.table.StateTable``) that several agents use, by name.
        self.shared_tables: dict[str, Any] = {}
        #: When the rebalance that goes on began, and what was assigned after the last one.
        self._rebalance_began: float | None = None
        self._held: set[TP] = set()
        folder = settings.data / "state" / config.group
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(
            config.group,
            broker=config.broker,
            store="rocksdb://",
            datadir=folder,
            topic_partitions=config.partitions,
            broker_commit_interval=settings.commit_interval,
            stream_buffer_maxsize=max(4096, 2 * settings.batch_size),
            stream_wait_empty=False,
            topic_disable_leader=True,
            reply_create_topic=False,
            web_enabled=False,
            autodiscover=False,
            broker_session_timeout=settings.kafka_session_timeout,
            table_standby_replicas=settings.kafka_standbys,
            recovery_consistency_check=False,
            Table=StampedTable,
            TableManager=StageTableManager,
        )

    @property
    def stores(self) -> Stores:
        """The stores that sinks write to.

        Raises:
            RuntimeError: the stage was made without stores.
        """
        if self.config.stores is None:
            raise RuntimeError("A stage with sinks needs stores.")
        return self.config.stores

    def follow(self, topic: str, decode: Callable[[bytes], Value]) -> FollowedTopic[Value]:
        """A topic of configuration, whose records ``decode`` reads.

        Raises:
            RuntimeError: the stage was made without a log.
        """
        config = self.config
        if config.log is None:
            raise RuntimeError("A stage that follows topics needs the log.")
        return FollowedTopic(config.log, topic, decode, config.settings.configuration_interval)

    def on_init_dependencies(self) -> Iterable[Any]:
        """As Faust has it, but without its monitor, which counts each record at 3 µs for figures that nobody reads."""
        dependencies = super().on_init_dependencies()
        self.sensors.remove(self.monitor)
        # Faust warns at each rebalance where there is no sensor at all. This one does nothing.
        self.sensors.add(faust.Sensor())
        return list(dependencies)

    def on_rebalance_start(self) -> None:
        """A rebalance begins, on Kafka in the consumer's thread. One that begins before the last has ended prolongs it."""
        if self._rebalance_began is None:
            self._rebalance_began = self.config.clock()
        super().on_rebalance_start()

    def on_rebalance_end(self) -> None:
        """It has ended: the tables are recovered, and records flow again."""
        super().on_rebalance_end()
        began, self._rebalance_began = self._rebalance_began, None
        changelogs = self.tables.changelog_topics
        before = self._held
        self._held = {tp for tp in self.consumer.assignment() if tp.topic not in changelogs}
        if began is not None and self.config.on_rebalance is not None:
            self.config.on_rebalance(
                Rebalance(
                    began,
                    max(0.0, self.config.clock() - began),
                    by_topic(self._held - before),
                    by_topic(before - self._held),
                    len(self._held & before),
                )
            )

    @property
    def is_settled(self) -> bool:
        """Whether partitions are assigned and the tables are recovered."""
        tables: Any = self.tables
        return bool(self.consumer_generation_id and tables.actives_ready and not self.rebalancing)

    def assigned_partitions(self, topic: str) -> list[int]:
        """The partitions of a topic that this process consumes."""
        return sorted(tp.partition for tp in self.consumer.assignment() if tp.topic == topic)

    def lease_until(self) -> float:
        """Unix time until which the assigned partitions are surely nobody else's; embedded they always are."""
        return float(self.consumer.lease_until())

    def check_lease(self) -> None:
        """See that the assigned partitions are still ours, just before something that must not be done twice.

        Raises:
            LeaseExpired: they may have another owner.
        """
        if time.time() > self.lease_until():
            raise LeaseExpired(
                "This worker was held up for so long that its partitions may have another owner."
            )

    def per_assignment(self) -> "PerAssignment":
        """A dict for what is known of the partitions as long as they stay assigned."""
        return PerAssignment(self)

    def source(self, topic: str) -> Any:
        """A declared topic as an agent's input: keys and values are bytes, nothing is decoded before the guard."""
        return self.topic(topic, schema=RawSchema())

    async def crash(self, reason: BaseException) -> None:
        """Note why the stage failed; its supervisor stops it and begins again from the committed offsets."""
        if self.failure is None:
            await super().crash(reason)
        else:
            # Left alone, so that all parts are stopped in their order.
            self._crash(reason)

    def _crash(self, reason: BaseException) -> None:
        # A part of the app has failed, maybe in the consumer's thread.
        if self.failure is None:
            super()._crash(reason)
        else:
            self.loop.call_soon_threadsafe(self._note_failure, reason)

    def _note_failure(self, reason: BaseException) -> None:
        if self.failure is not None and not self.failure.done():
            self.failure.set_result(reason)

    async def stop(self) -> None:
        """Stop, once no batch is being handled, and close the tables' databases.

        Faust leaves that to the garbage collector. But the error that a stage failed with holds its frames, and these the
        databases, whose locks would keep the stage from beginning again in this process.
        """
        if self._consumer is not None:
            await self._consumer.in_flight.finish()
        databases = [database for table in self.tables.values() for database in table.data._dbs.values()]
        await super().stop()
        for database in databases:
            database.close()

    async def send_to_partition(self, topic: str, partition: int, records: Sequence[LogRecord]) -> None:
        """Send records to one partition, whatever their keys.

        Raises:
            StoreUnavailable: as ``send_records``.
        """
        producer: Any = self.producer
        await producer.send_many(topic, records, partition=partition)

    async def send_records(self, records: Sequence[Outgoing]) -> None:
        """Send records in order and return when all are durable.

        Raises:
            StoreUnavailable: the log would not take them. None may be taken for sent.
        """
        by_topic: dict[str, list[LogRecord]] = {}
        for record in records:
            by_topic.setdefault(record.topic, []).append(LogRecord(record.key, record.value, record.headers))
        producer: Any = self.producer
        sends = [producer.send_many(topic, group) for topic, group in by_topic.items()]
        await asyncio.gather(*sends)


class PerAssignment:
    """What is known of partitions; forgotten at each rebalance, since another worker may have gone on with them."""

    def __init__(self, app: StageApp) -> None:
        self._app = app
        self._generation: int | None = None
        self._known: dict[Any, Any] = {}

    def current(self) -> dict[Any, Any]:
        """The dict of the present assignment. Whoever holds on to an earlier one sees it unchanged."""
        if self._app.consumer_generation_id != self._generation:
            self._generation = self._app.consumer_generation_id
            self._known = {}
        return self._known
