"""A running edge on a real socket, with the real log, which can be made to fail, and a real operational
store.
"""

import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import msgspec
from aiohttp import web

from embedded.log import Log
from ingest.app import RUNNER_OPTIONS, Edge, add_edge_routes
from schemas.headers import Received
from schemas.records import Outcome, Outcomes
from settings import Settings
from stores.errors import StoreError
from stores.operational import SqlOperationalStore
from stores.ports import LogRecord, StoredRecord

KEY = "0123456789abcdef0123456789abcdef"
OTHER_KEY = "fedcba9876543210fedcba9876543210"


class FlakyLog:
    """The embedded log with all topics of the edge, in one partition each; and it can be made to fail.

    ``failure``, when set, is what every ``send`` raises; ``loses_answer`` has it raised after the records were appended.
    """

    def __init__(self, folder: Path) -> None:
        self._log = Log.open(folder, fsync=False, linger=0.0)
        self.failure: StoreError | None = None
        self.loses_answer = False

    async def start(self) -> None:
        await self._log.start()
        for topic in ("events-received", "sessions-received", "outcomes-recorded"):
            self._log.create_topic(topic, 1)

    async def close(self) -> None:
        await self._log.close()

    async def send(self, topic: str, records: Sequence[LogRecord]) -> None:
        if self.failure is None or self.loses_answer:
            await self._log.send(topic, records)
        if self.failure is not None:
            raise self.failure

    async def records(self, topic: str) -> list[StoredRecord]:
        """All records of a topic."""
        return await self._log.read(topic, 0, 0, 100_000)

    async def read(self, topic: str, partition: int, offset: int, limit: int = 1000) -> list[StoredRecord]:
        return await self._log.read(topic, partition, offset, limit)

    async def offsets(self, topic: str) -> dict[int, tuple[int, int]]:
        return await self._log.offsets(topic)

    async def committed(self, group: str) -> dict[tuple[str, int], int]:
        return await self._log.committed(group)

    async def topics(self) -> list[str]:
        return await self._log.topics()


@asynccontextmanager
async def run_log(folder: Path) -> AsyncIterator[FlakyLog]:
    """The log in a folder, closed at the end."""
    log = FlakyLog(folder)
    await log.start()
    try:
        yield log
    finally:
        await log.close()


def outcomes_of(records: Sequence[StoredRecord]) -> list[Outcome]:
    """All outcomes in records of outcomes-recorded."""
    return [
        outcome
        for record in records
        for outcome in msgspec.json.decode(record.value or b"", type=Outcomes).outcomes
    ]


class Clock:
    """Time that moves only when told to."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class RunningEdge:
    """An edge, its address and what stands behind it. Project 1 has KEY, project 2 OTHER_KEY."""

    edge: Edge
    url: str
    log: FlakyLog
    store: SqlOperationalStore
    clock: Clock
    client: aiohttp.ClientSession
    auth: dict[str, str] = field(default_factory=lambda: {"X-Sentry-Auth": f"Sentry sentry_key={KEY}"})

    def post(self, path: str, **arguments: object) -> "aiohttp.client._RequestContextManager":
        """POST with the key of project 1, unless ``headers`` are given."""
        arguments.setdefault("headers", self.auth)
        if isinstance(data := arguments.get("data"), bytes):
            # aiohttp warns of large bytes.
            arguments["data"] = io.BytesIO(data)
        return self.client.post(self.url + path, **arguments)  # type: ignore[arg-type]

    async def received(self) -> list[tuple[Received, bytes]]:
        """What is on events-received."""
        records = await self.log.records("events-received")
        return [(Received.decode(record.headers), record.value or b"") for record in records]

    async def outcomes(self) -> list[Outcome]:
        """What is on outcomes-recorded, after everything gathered was sent."""
        assert await self.edge.outcomes.flush()
        return outcomes_of(await self.log.records("outcomes-recorded"))

    async def assert_alive(self) -> None:
        """The next good event passes."""
        before = len(await self.received())
        body = b'{}\n{"type":"event"}\n{"message":"good"}\n'
        async with self.post("/api/1/envelope/", data=body) as answer:
            assert answer.status == 200, await answer.text()
        assert len(await self.received()) == before + 1


@asynccontextmanager
async def run_edge(settings: Settings) -> AsyncIterator[RunningEdge]:
    """A running edge, stopped at the end."""
    store = SqlOperationalStore(f"sqlite+aiosqlite:///{settings.data}/operational.sqlite3")
    await store.migrate()
    first, second = await store.add_project("first"), await store.add_project("second")
    await store.add_key(first.id, public_key=KEY)
    await store.add_key(second.id, public_key=OTHER_KEY)
    clock = Clock()
    async with run_log(settings.data / "log") as log:
        running = Edge(settings, log, store, clock)
        app = web.Application()
        add_edge_routes(app, running)
        runner = web.AppRunner(app, **RUNNER_OPTIONS)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        try:
            async with aiohttp.ClientSession() as client:
                yield RunningEdge(running, f"http://{host}:{port}", log, store, clock, client)
        finally:
            await runner.cleanup()
            await store.close()
