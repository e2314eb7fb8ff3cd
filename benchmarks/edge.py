"""The edge alone: single-event envelopes of 2 KiB, gzipped, acknowledged once they are durable on the
embedded log.

``python -m benchmarks.edge [REQUESTS] [CONNECTIONS]`` starts the edge in a child process, drives it from this
one, and prints requests per second and the CPU time that the child, log and all, spent on each.
"""

import asyncio
import gzip
import itertools
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import orjson
import uvloop
from aiohttp import web

from benchmarks.events import KINDS, make_event
from benchmarks.http import Connection
from embedded.context import PARTITIONS
from embedded.log import Log
from ingest.app import RUNNER_OPTIONS, Edge, add_edge_routes
from settings import Settings
from stores.operational import SqlOperationalStore
from topics import planned_topics

KEY = "0123456789abcdef0123456789abcdef"
_BODIES = 2_000
_HEADERS = {
    "X-Sentry-Auth": f"Sentry sentry_key={KEY}, sentry_version=7, sentry_client=sentry.python/2.75.0",
    "Content-Type": "application/x-sentry-envelope",
    "Content-Encoding": "gzip",
}


@dataclass(frozen=True)
class EdgeResult:
    """``cpu_us`` is CPU time of the edge's process for each request, in microseconds; latencies are in
    milliseconds.
    """

    requests: int
    connections: int
    per_second: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


def run_edge(folder: Path, requests: int = 20_000, connections: int = 64, fsync: bool = True) -> EdgeResult:
    """Measure the edge with its log in ``folder``.

    Raises:
        RuntimeError: a request was not answered with 200.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_serve, args=(theirs, folder, fsync), daemon=True)
    child.start()
    try:
        port: int = ours.recv()
        uvloop.run(_drive(port, itertools.islice(_bodies(), 1_000), connections))
        ours.send("cpu")
        before: float = ours.recv()
        started = time.perf_counter()
        latencies = uvloop.run(_drive(port, itertools.islice(_bodies(), requests), connections))
        elapsed = time.perf_counter() - started
        ours.send("cpu")
        cpu = ours.recv() - before
        ours.send("stop")
        child.join(30)
    finally:
        child.kill()
    cuts = statistics.quantiles(latencies, n=100)
    return EdgeResult(
        requests, connections, requests / elapsed, cpu / requests * 1e6, cuts[49] * 1e3, cuts[98] * 1e3
    )


def _bodies() -> Iterator[bytes]:
    def body(number: int) -> bytes:
        event = make_event(number % KINDS, number)
        payload = orjson.dumps(event)
        header = orjson.dumps({"event_id": event["event_id"], "sent_at": "2026-01-01T00:00:00Z"})
        item = b'{"type":"event","content_type":"application/json","length":%d}' % len(payload)
        return gzip.compress(b"\n".join((header, item, payload, b"")), 6)

    return itertools.cycle([body(number) for number in range(_BODIES)])


async def _drive(port: int, bodies: Iterator[bytes], connections: int) -> list[float]:
    latencies: list[float] = []

    async def work() -> None:
        async with Connection("127.0.0.1", port) as connection:
            for body in bodies:
                started = time.perf_counter()
                status, answer = await connection.request("POST", "/api/1/envelope/", _HEADERS, body)
                if status != 200:
                    raise RuntimeError(f"the edge answered {status}: {answer!r}")
                latencies.append(time.perf_counter() - started)

    await asyncio.gather(*(work() for _ in range(connections)))
    return latencies


def _serve(pipe: Pipe, folder: Path, fsync: bool) -> None:
    uvloop.run(_serve_until_told(pipe, folder, fsync))


async def _serve_until_told(pipe: Pipe, folder: Path, fsync: bool) -> None:
    settings = Settings(data=folder)
    log = Log.open(folder / "log", fsync=fsync)
    await log.start()
    await log.create_topics(planned_topics(PARTITIONS))
    store = SqlOperationalStore(f"sqlite+aiosqlite:///{folder}/operational.sqlite3")
    await store.migrate()
    project = await store.add_project("benchmark")
    await store.add_key(project.id, public_key=KEY)
    app = web.Application()
    add_edge_routes(app, Edge(settings, log, store))
    runner = web.AppRunner(app, **RUNNER_OPTIONS)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pipe.send(runner.addresses[0][1])
    while await asyncio.to_thread(pipe.recv) == "cpu":
        pipe.send(time.process_time())
    await runner.cleanup()
    await store.close()
    await log.close()


def main() -> None:
    """Measure with the arguments given and print the figures as JSON."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    connections = int(sys.argv[2]) if len(sys.argv) > 2 else 64
    with tempfile.TemporaryDirectory(prefix="stacktide-bench-") as folder:
        print(json.dumps(asdict(run_edge(Path(folder), requests, connections)), indent=2))


if __name__ == "__main__":
    main()
