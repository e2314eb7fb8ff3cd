"""Small stages on either transport: what the suites of the transport and of recovery run."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.batches import Linger, run_batches
from agents.raw_schema import RawSchema
from agents.records import Incoming
from agents.stage import StageApp, StageConfig
from agents.table import StateTable
from cluster.driver import BROKER
from cluster.log import KafkaLog
from settings import Settings
from stores.ports import Log, LogRecord, StoredRecord
from topics import TopicPlan

PARTITIONS = 2


def new_name() -> str:
    """A name of a topic or a group that no other test has."""
    return f"contract-{uuid.uuid4().hex[:12]}"


@dataclass
class Bench:
    """A log, and one topic and one consumer group on it that no other test has."""

    log: Log
    folder: Path
    kafka: str = ""
    topic: str = field(default_factory=new_name)
    group: str = field(default_factory=new_name)

    def stage(self, member: str = "one", **settings: Any) -> StageApp:
        """A stage without agents. Members of the group differ by the folder of their tables."""
        given = {"commit_interval": 0.05, "kafka_session_timeout": 6.0, "kafka_standbys": 0, **settings}
        config = StageConfig(
            Settings(data=self.folder / member, kafka=self.kafka, **given),
            self.group,
            BROKER if self.kafka else f"embedded://{self.folder}/log",
            PARTITIONS,
        )
        return StageApp(config)

    async def make_topic(self) -> None:
        """Make the topic."""
        await self.log.create_topics([TopicPlan(self.topic, PARTITIONS, 86_400.0, False)])

    async def send(self, records: list[LogRecord]) -> None:
        """Append to the topic."""
        await self.log.send(self.topic, records)

    async def committed(self) -> int:
        """Records that the group has committed, all partitions together."""
        found = await self.log.committed(self.group)
        return sum(offset for (topic, _), offset in found.items() if topic == self.topic)

    async def until_committed(self, count: int, seconds: float = 30.0) -> None:
        """Wait until the group has committed so many records."""
        async with asyncio.timeout(seconds):
            while await self.committed() < count:
                await asyncio.sleep(0.05)


async def read_all(log: Log, topic: str) -> dict[int, list[StoredRecord]]:
    """Every record, by partition."""
    found = {}
    for partition, (first, end) in (await log.offsets(topic)).items():
        records: list[StoredRecord] = []
        while first < end:
            records += await log.read(topic, partition, first)
            first = records[-1].offset + 1
        found[partition] = records
    return found


def on_kafka(addresses: str, folder: Path) -> Bench:
    """A bench on a broker. Its topic is not made yet."""
    return Bench(KafkaLog(Settings(kafka=addresses), "contract"), folder, addresses)


def numbered(count: int, keys: int = 5, first: int = 0) -> list[LogRecord]:
    """Records with numbers for values, of keys that lie in both partitions."""
    return [LogRecord(b"k%d" % (n % keys), b"%d" % n, []) for n in range(first, first + count)]


def add_agent(
    app: StageApp, topic: str, handler: Callable[[list[Incoming]], Awaitable[None]], limit: int = 100
) -> None:
    """Feed a topic to a handler."""

    @app.agent(app.topic(topic, schema=RawSchema()), name=f"agent-{topic}")
    async def consume(stream: Any) -> None:
        await run_batches(stream, "contract", handler, limit, Linger(0.0, 0.0))


def add_counter(app: StageApp, topic: str, limit: int = 100) -> StateTable:
    """An agent that counts the records of each key; a row is the count and the offset of the last record in it."""
    table = StateTable(app, "counts")

    async def count(batch: list[Incoming]) -> None:
        changes: dict[int, dict[bytes, bytes]] = {}
        for record in batch:
            partition = record.position.partition
            rows = changes.setdefault(partition, {})
            row = rows.get(record.key) or table.get(partition, record.key)
            known, last = row_of(row)
            if record.position.offset > last:
                rows[record.key] = b"%d:%d" % (known + 1, record.position.offset)
        await table.write(changes, batch)

    add_agent(app, topic, count, limit)
    return table


def row_of(row: bytes | None) -> tuple[int, int]:
    """Count and last offset."""
    if row is None:
        return 0, -1
    count, offset = row.split(b":")
    return int(count), int(offset)


def counts(table: StateTable) -> dict[bytes, int]:
    """The count of each key in the partitions that the table holds."""
    return {
        key: row_of(row)[0] for partition in table.partitions() for key, row in table.scan(partition, b"")
    }


@asynccontextmanager
async def running(*apps: StageApp) -> AsyncIterator[None]:
    """Stages that have their partitions and tables; stopped at the end.

    Raises:
        AssertionError: one has failed meanwhile.
    """
    for app in apps:
        app.failure = asyncio.get_running_loop().create_future()
    try:
        for app in apps:
            await app.start()
        await until(lambda: all(ready(app) for app in apps))
        yield
        for app in apps:
            if app.failure is not None and app.failure.done():
                raise AssertionError(f"{app.conf.id} failed") from app.failure.result()
    finally:
        for app in apps:
            await app.stop()


def ready(app: StageApp) -> bool:
    """Whether a stage has its partitions, and its tables recovered."""
    return bool(app.consumer_generation_id and app.tables.actives_ready and not app.rebalancing)


async def until(condition: Callable[[], Any], seconds: float = 30.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
