"""Runs the real topology on the embedded log or on Kafka: pipe in, read out, look at tables, move time, redeliver, restart.

In the manner of Kafka Streams' TopologyTestDriver, but with nothing replaced: the agents, Faust, RocksDB and the log are the
ones that run in production. Only the clock is the test's.
"""

import asyncio
import json
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient

from agents.stage import StageApp, StageConfig, Stores
from cluster.driver import BROKER
from cluster.log import KafkaLog
from embedded.log import Log
from faust_app import TOPOLOGY, create_app
from infra.servers.kafka import Kafka
from schemas.headers import ORIGIN, Position, Received, event_key
from settings import Settings
from stores.ports import LogRecord, StoredRecord
from topics import planned_topics

NOW = 1_790_000_000.0


class TopologyDriver:
    """The topology's stages on three partitions, in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        stages: Collection[str],
        stores: Stores | None = None,
        server: Kafka | None = None,
        **settings: Any,
    ) -> None:
        """On the embedded log in ``folder``, or on a Kafka server, all topics of which are made anew."""
        self.now = NOW
        given = {
            "data": folder,
            "partitions": 3,
            "commit_interval": 0.05,
            "log_fsync": False,
            "configuration_interval": 0.0,
        }
        if server is not None:
            given |= {"kafka": server.addresses, "kafka_session_timeout": 20.0}
        self.settings = Settings(**{**given, **settings})
        self.log_path = folder / "log"
        self.broker = f"embedded://{self.log_path}" if server is None else BROKER
        self._stages = list(stages)
        self._stores = stores
        self._apps: list[StageApp] = []

    async def __aenter__(self) -> "TopologyDriver":
        self.log = await self._open_log()
        plans = planned_topics(self.settings.partitions)
        await self.log.create_topics(plans)
        # On Kafka: until every partition has a leader.
        for plan in plans:
            await self.log.offsets(plan.name)
        await self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()
        await self.log.close()

    async def _open_log(self) -> Any:
        if self.settings.kafka:
            await delete_topics(self.settings.kafka)
            log = KafkaLog(self.settings, "test")
            # The coordinator forgets them a little later: a stage that found one would begin behind what is to come.
            for stage in self._stages:
                while await log.committed(f"stacktide-{stage}"):
                    await asyncio.sleep(0.05)
            return log
        log = Log.shared(self.log_path, fsync=False)
        await log.start()
        return log

    async def _start(self) -> None:
        for stage in self._stages:
            config = StageConfig(
                self.settings,
                f"stacktide-{stage}",
                self.broker,
                self.settings.partitions,
                self._stores,
                lambda: self.now,
                self.log,
            )
            app = create_app(config, {stage})
            app.failure = asyncio.get_running_loop().create_future()
            self._apps.append(app)
            await app.start()

    async def _stop(self) -> None:
        for app in self._apps:
            await app.stop()
        self._apps.clear()

    async def pipe_event(
        self, event: dict[str, Any] | bytes, event_id: str | None = None, project: int = 1
    ) -> None:
        """Put an event on events-received, as the edge does."""
        value = event if isinstance(event, bytes) else json.dumps(event).encode()
        event_id = event_id or (event["event_id"] if isinstance(event, dict) else "0" * 32)
        received = Received(
            project, 1, event_id, self.now, "application/json", "127.0.0.1", "test/1", "envelope"
        )
        await self.pipe("events-received", event_key(project, event_id), value, received.encode())

    async def pipe(self, topic: str, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> None:
        """Append one record."""
        await self.log.send(topic, [LogRecord(key, value, headers)])

    async def copy(self, topic: str) -> None:
        """Append every record of a topic again, as a stage does that crashed between sending and committing."""
        for partition in range(self.settings.partitions):
            records = await self._read_partition(topic, partition)
            if records:
                again = [LogRecord(record.key, record.value, record.headers) for record in records]
                await self.log.send(topic, again)

    async def settle(self) -> None:
        """Wait until every agent has consumed all there is, and committed it."""
        quiet = 0
        while quiet < 2:
            await asyncio.sleep(0.02)
            for app in self._apps:
                if app.failure is not None and app.failure.done():
                    raise AssertionError(f"{app.conf.id} failed") from app.failure.result()
            quiet = quiet + 1 if await self._caught_up() else 0

    async def _caught_up(self) -> bool:
        for node in TOPOLOGY:
            if node.stage not in self._stages:
                continue
            committed = await self.log.committed(f"stacktide-{node.stage}")
            for partition, (first, end) in (await self.log.offsets(node.consumes)).items():
                if end > first and committed.get((node.consumes, partition), 0) < end:
                    return False
        return True

    async def read(self, topic: str) -> list[StoredRecord]:
        """Every record of a topic, partition by partition."""
        found: list[StoredRecord] = []
        for partition in range(self.settings.partitions):
            found += await self._read_partition(topic, partition)
        return found

    async def _read_partition(self, topic: str, partition: int) -> list[StoredRecord]:
        found: list[StoredRecord] = []
        while more := await self.log.read(topic, partition, len(found), 1_000_000):
            found += more
        return found

    async def read_json(self, topic: str) -> list[Any]:
        """Every value of a topic."""
        return [json.loads(record.value or b"null") for record in await self.read(topic)]

    def table(self, name: str) -> dict[bytes, bytes]:
        """Every row of a table, whatever its partition."""
        for app in self._apps:
            if name in app.tables:
                store: Any = app.tables[name].data
                return {
                    key: value
                    for database in store._dbs.values()
                    for key, value in database.items()
                    if not key.startswith(b"__")
                }
        raise KeyError(name)

    async def advance(self, seconds: float) -> int:
        """Move the clock and run what the timers would run; returns how many rows were forgotten."""
        self.now += seconds
        return sum([await expire() for app in self._apps for expire in app.expiries])

    async def restart(self, *, forget_state: bool = False) -> None:
        """Stop the stages and start them again; with ``forget_state`` their tables come from the changelogs alone."""
        await self._stop()
        if forget_state:
            shutil.rmtree(self.settings.data / "state", ignore_errors=True)
        await self._start()

    async def redeliver(self, *, forget_state: bool = False) -> None:
        """Start the stages again from the beginning of their topics, as if no offset had ever been committed."""
        await self._stop()
        if forget_state:
            shutil.rmtree(self.settings.data / "state", ignore_errors=True)
        for node in TOPOLOGY:
            if node.stage in self._stages:
                back = {(node.consumes, partition): 0 for partition in range(self.settings.partitions)}
                await self.log.commit(f"stacktide-{node.stage}", back)
        await self._start()


async def delete_topics(addresses: str) -> None:
    """Delete all topics of a Kafka server, and with them the offsets that groups have committed in them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=addresses)
    await admin.start()
    topics = {topic["topic"] for topic in await admin.describe_topics() if not topic["is_internal"]}
    await admin.delete_topics(sorted(topics))
    while topics & set(await admin.list_topics()):
        await asyncio.sleep(0.05)
    await admin.close()


def origin_of(record: StoredRecord) -> Position:
    """The origin of a record."""
    return Position.decode(dict(record.headers)[ORIGIN])
