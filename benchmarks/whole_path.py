"""The whole path over HTTP: from the first POST until the last event is visible in the API and every sink has written it."""

import asyncio
import gzip
import json
import statistics
import time
import uuid
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.events import make_event
from benchmarks.http import Connection
from benchmarks.server import Server

KINDS = 200
CLIENTS = 64
EVENT_SIZE = 2048


class Prepared(NamedTuple):
    """An event ready to be sent: its id and its gzipped envelope."""

    event_id: str
    body: bytes


def prepare(count: int) -> list[Prepared]:
    """Events of 200 kinds, about 2 KiB each, as gzipped envelopes."""
    prepared = []
    for serial in range(count):
        event = make_event(serial % KINDS, serial, EVENT_SIZE)
        event["event_id"] = uuid.uuid4().hex
        event.pop("timestamp", None)
        payload = json.dumps(event).encode()
        header = json.dumps({"event_id": event["event_id"]}).encode()
        body = b"\n".join((header, b'{"type":"event"}', payload))
        prepared.append(Prepared(event["event_id"], gzip.compress(body, 6)))
    return prepared


class WholePath:
    """Drives one server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._headers = {
            "X-Sentry-Auth": f"Sentry sentry_key={server.key}, sentry_version=7, sentry_client=bench/1",
            "Content-Encoding": "gzip",
        }
        self._api = {"Authorization": f"Bearer {server.token}"}

    async def throughput(self, events: list[Prepared]) -> dict[str, float]:
        """Post all as fast as the server acknowledges; the rate counts until the last is visible and written."""
        before = await self._stored()
        cpu, started = self.server.cpu_seconds(), time.monotonic()
        waiting = iter(events)

        async def client() -> None:
            async with Connection(self.server.host, self.server.port) as connection:
                for event in waiting:
                    await self._post(connection, event)

        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        posted = time.monotonic() - started
        while await self._stored() < before + len(events):
            await asyncio.sleep(0.05)
        visible = time.monotonic() - started
        written = await self._until_written(started)
        return {
            "events": len(events),
            "acknowledged_per_second": len(events) / posted,
            "visible_per_second": len(events) / visible,
            "every_sink_per_second": len(events) / written,
            "cpu_us_per_event": (self.server.cpu_seconds() - cpu) / len(events) * 1e6,
            "peak_memory_mib": self.server.peak_memory() / 1024**2,
        }

    async def _until_written(self, started: float) -> float:
        """Wait until the doctor finds everything in every store; returns the seconds since ``started``."""
        while True:
            ended = time.monotonic() - started
            checks = await asyncio.to_thread(self.server.command, "doctor", "--json", "--wait", "0")
            if checks.returncode == 0:
                return ended
            await asyncio.sleep(0.1)

    async def latency(self, events: list[Prepared], rate: float, probes: float) -> dict[str, float]:
        """Post at a steady rate; ``probes`` events a second are looked for in the API until they are there.

        Looking costs the server something too, so only few are looked for, each every 20 ms.
        """
        seconds: list[float] = []
        looking: list[asyncio.Task[None]] = []
        numbers = iter(range(len(events)))
        every = max(round(rate / probes), 1)
        started = time.monotonic()

        async def look_for(event: Prepared, posted: float) -> None:
            path = f"/api/v1/projects/1/events/{event.event_id}"
            async with Connection(self.server.host, self.server.port) as connection:
                while (await connection.request("GET", path, self._api))[0] != 200:
                    await asyncio.sleep(0.02)
            seconds.append(time.monotonic() - posted)

        async def client() -> None:
            async with Connection(self.server.host, self.server.port) as connection:
                for number in numbers:
                    await asyncio.sleep(max(0.0, started + number / rate - time.monotonic()))
                    posted = time.monotonic()
                    await self._post(connection, events[number])
                    if number % every == 0:
                        looking.append(asyncio.ensure_future(look_for(events[number], posted)))

        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        await asyncio.gather(*looking)
        ordered = sorted(seconds)
        return {
            "rate": len(events) / (time.monotonic() - started),
            "probes": len(ordered),
            "p50_ms": statistics.median(ordered) * 1000,
            "p99_ms": ordered[int(len(ordered) * 0.99)] * 1000,
        }

    async def _post(self, connection: Connection, event: Prepared) -> None:
        status, answer = await connection.request("POST", "/api/1/envelope/", self._headers, event.body)
        if status != 200:
            raise RuntimeError(f"the edge answered {status}: {answer!r}")

    async def _stored(self) -> int:
        """Events visible in the API: the sum of the issues' counts."""
        async with Connection(self.server.host, self.server.port) as connection:
            status, answer = await connection.request(
                "GET", "/api/v1/projects/1/issues?limit=1000", self._api
            )
        if status != 200:
            raise RuntimeError(f"the API answered {status}: {answer!r}")
        return sum(issue["count"] for issue in json.loads(answer)["items"])


def run_whole_path(folder: Path, count: int) -> dict[str, Any]:
    """Start a server in ``folder``, measure, stop it. Archive objects are closed after 1 s, so that the end can be seen."""
    server = Server(folder / "data", STACKTIDE_ARCHIVE_LINGER="1")
    first = server.start()
    server.stop()
    second = server.start()
    try:
        idle = server.memory() / 1024**2
        path = WholePath(server)
        asyncio.run(path.throughput(prepare(500)))
        results: dict[str, Any] = {
            "start": {"first_s": first, "second_s": second, "idle_memory_mib": idle},
            "throughput": asyncio.run(path.throughput(prepare(count))),
        }
        half = max(results["throughput"]["visible_per_second"] / 2, 1.0)
        for name, rate in (("latency_at_half", half), ("latency_at_500", 500.0), ("latency_at_10", 10.0)):
            results[name] = asyncio.run(path.latency(prepare(int(rate * 10)), rate, probes=10.0))
        return results
    finally:
        server.stop()
