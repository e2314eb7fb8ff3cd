"""Outages one at a time: OpenSearch away while the stream goes on, Kafka away with room on the edge's disk, and without."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from benchmarks.cluster import Cluster
from benchmarks.events import make_event
from cluster.context import open_context
from runtime.context import Context
from runtime.lag import measure
from settings import Settings
from tests.chaos.load import Load
from tests.chaos.reckoning import wait_until_settled

RATE = 50.0
#: More than the consumers' sessions, in seconds.
OUTAGE = 15.0
SPOOL_BYTES = 10 * 1024 * 1024

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(600)]


class Running:
    """A cluster of one broker with a worker for each stage, and its stores."""

    def __init__(self, folder: Path) -> None:
        self.cluster = Cluster(folder, brokers=1, STACKTIDE_KAFKA_SESSION_TIMEOUT="10")

    def start(self) -> None:
        """Start everything."""
        self.cluster.start_servers()
        self.cluster.start_edge(STACKTIDE_SPOOL_BYTES=str(SPOOL_BYTES))
        stages = [
            ("stream", ("process", "detect")),
            ("clickhouse", ("clickhouse",)),
            ("opensearch", ("opensearch",)),
        ]
        workers = [self.cluster.start_worker(name, *names, wait=False) for name, names in stages]
        for worker in workers:
            worker.wait_ready()

    def load(self, seed: int) -> Load:
        """Clients that send at ``RATE``."""
        return Load(self.cluster.parts["edge"].port, self.cluster.key, RATE, random.Random(seed))


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[tuple[Running, Context]]:
    running = Running(tmp_path)
    context = None
    try:
        await asyncio.to_thread(running.start)
        settings = Settings.from_environment(running.cluster.environment)
        context = open_context(settings, ("process", "detect", "clickhouse", "opensearch"), "outages")
        yield running, context
    finally:
        if context is not None:
            await context.close()
        await asyncio.to_thread(running.cluster.stop)


async def test_outages(running: tuple[Running, Context]) -> None:
    cluster, context = running[0].cluster, running[1]
    sent: set[str] = set()
    for outage in (opensearch_away, kafka_away, spool_full):
        sent |= await outage(running[0], context)
        await wait_until_settled(context, 120)
    stored = Counter(row["event_id"] for row in await context.events.query("SELECT event_id FROM events"))
    assert stored == Counter(sent)
    assert context.search_sink is not None
    assert await context.search_sink.count() == len(sent)
    assert cluster.parts["edge"].process is not None


async def opensearch_away(running: Running, context: Context) -> set[str]:
    """The stage of the store that is away lags; new issues are tracked and counted meanwhile."""
    clients = running.load(1)
    await clients.run(2)
    running.cluster.opensearch.kill()
    loading = asyncio.ensure_future(clients.run(12))
    await asyncio.sleep(2)
    seconds = [await seconds_to_track(running, context, serial) for serial in range(10)]
    await loading
    lag = {agent: behind for agent, (_, _, behind) in (await measure(context)).items()}
    print(
        f"\nOpenSearch away: a new issue is tracked after {min(seconds):.2f} to {max(seconds):.2f} s; lag {lag}"
    )
    assert lag["opensearch"] > 0
    assert lag["count"] < RATE * 10, "the stages that need no OpenSearch go on"
    await asyncio.to_thread(running.cluster.opensearch.restart)
    return clients.acknowledged | {event_id(serial) for serial in range(10)}


async def seconds_to_track(running: Running, context: Context, serial: int) -> float:
    """Send an error that nobody has seen; seconds until it is on issues-tracked."""
    before = await end_of(context, "issues-tracked")
    event = make_event(100 + serial, serial)
    event |= {"event_id": event_id(serial), "fingerprint": [f"never seen {serial}"]}
    started = time.monotonic()
    edge = running.cluster.parts["edge"]
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {running.cluster.key}"}) as session:
        address = f"http://127.0.0.1:{edge.port}/api/v1/events"
        async with session.post(address, data=json.dumps(event)) as response:
            assert response.status == 202
    while await end_of(context, "issues-tracked") == before:
        assert time.monotonic() - started < 30
        await asyncio.sleep(0.02)
    return time.monotonic() - started


def event_id(serial: int) -> str:
    return f"{serial:032x}"


async def end_of(context: Context, topic: str) -> int:
    return sum(end for _, end in (await context.log.offsets(topic)).values())


async def kafka_away(running: Running, context: Context) -> set[str]:
    """The edge goes on answering, keeps the events on disk, and drains."""
    clients = running.load(2)
    running.cluster.kafka.kill()
    await clients.run(OUTAGE)
    assert set(clients.answers) == {"202"}, clients.answers
    waiting = await health(running)
    assert waiting["spooled"] > 0
    await asyncio.to_thread(running.cluster.kafka.restart)
    print(
        f"Kafka away: {len(clients.acknowledged)} events taken, slowest answer {clients.slowest:.1f} s, then {waiting}"
    )
    await drained(running)
    return clients.acknowledged


async def spool_full(running: Running, context: Context) -> set[str]:
    """Without room the edge says when to come again; what it did take is not lost."""
    running.cluster.kafka.kill()
    edge = running.cluster.parts["edge"]
    taken: set[str] = set()
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {running.cluster.key}"}) as session:
        address = f"http://127.0.0.1:{edge.port}/api/v1/events"
        for batch in range(400):
            events = [make_event(3, serial) for serial in range(20)]
            for number, event in enumerate(events):
                event["event_id"] = event_id(1_000_000 + batch * 20 + number)
            async with session.post(address, data=json.dumps(events)) as response:
                if response.status == 503:
                    assert int(response.headers["Retry-After"]) > 0
                    assert "error" in await response.json()
                    break
                taken.update((await response.json())["accepted"])
        else:
            pytest.fail("the spool never filled")
    print(f"spool full after {len(taken)} events")
    assert taken
    await asyncio.to_thread(running.cluster.kafka.restart)
    await drained(running)
    return taken


async def health(running: Running) -> dict[str, int]:
    edge = running.cluster.parts["edge"]
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{edge.port}/healthz") as response,
    ):
        detail: dict[str, int] = (await response.json())["detail"]
        return detail


async def drained(running: Running) -> None:
    deadline = time.monotonic() + 60
    while (await health(running))["spooled"]:
        assert time.monotonic() < deadline, "the spool did not drain"
        await asyncio.sleep(0.2)
