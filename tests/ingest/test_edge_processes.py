"""The edge in several processes: one port, one exposition of metrics, and whatever dies is started again or drained."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import aiohttp
import pytest
from edge_server import KEY, run_log

from ingest.processes import reserve

ROOT = Path(__file__).resolve().parents[2]
HEADERS = {"X-Stacktide-Key": KEY, "Content-Type": "application/json"}
pytestmark = pytest.mark.timeout(120)


class Edge:
    """``edge_child.py`` and its processes."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.log_file = data / "edge.log"
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, processes: int) -> None:
        environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{Path(__file__).parent}",
            "STACKTIDE_DATA": str(self.data),
            "STACKTIDE_PORT": "0",
            "STACKTIDE_EDGE_PROCESSES": str(processes),
            "STACKTIDE_SPOOL_BYTES": str(1 << 20),
        }
        self.log_file.unlink(missing_ok=True)
        with self.log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, Path(__file__).with_name("edge_child.py")], env=environment, stderr=log
            )
        self.wait_for("edge_ready", processes)
        self.port = self.logged("edge_ready")[0]["port"]

    def logged(self, event: str) -> list[dict[str, object]]:
        lines = [line for line in self.log_file.read_text().splitlines() if line.startswith("{")]
        return [entry for entry in map(json.loads, lines) if entry["event"] == event]

    def wait_for(self, event: str, times: int) -> None:
        deadline = time.monotonic() + 30
        while len(self.logged(event)) < times:
            assert self._process is not None
            assert time.monotonic() < deadline, self.log_file.read_text()
            assert self._process.poll() is None, self.log_file.read_text()
            time.sleep(0.02)

    @property
    def children(self) -> list[int]:
        assert self._process is not None
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/children")
        return [int(pid) for task in tasks for pid in task.read_text().split()]

    def end(self, number: signal.Signals) -> int:
        """Send the first process a signal; returns its exit code once no process is left."""
        assert self._process is not None
        children = self.children
        self._process.send_signal(number)
        code = self._process.wait(30)
        deadline = time.monotonic() + 30
        while any(Path(f"/proc/{pid}").exists() for pid in children):
            assert time.monotonic() < deadline, "a process was left"
            time.sleep(0.02)
        return code

    def clean_up(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.end(signal.SIGKILL)

    async def send(self, events: int) -> list[str]:
        """The ids of the events that were acknowledged; each has a connection of its own."""
        accepted: list[str] = []
        for _ in range(events):
            body = json.dumps({"event_id": uuid.uuid4().hex, "message": "m"})
            url = f"http://127.0.0.1:{self.port}/api/v1/events"
            try:
                async with aiohttp.request("POST", url, data=body, headers=HEADERS) as answer:
                    if answer.status == 202:
                        accepted += (await answer.json())["accepted"]
            except aiohttp.ClientError:
                continue
        return accepted

    async def get(self, path: str) -> tuple[int, str]:
        async with aiohttp.request("GET", f"http://127.0.0.1:{self.port}{path}") as answer:
            return answer.status, await answer.text()

    def kill_all(self) -> None:
        """SIGKILL to the children first, so that none ends in good order."""
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)
        self.end(signal.SIGKILL)

    async def stored(self) -> list[list[str]]:
        """The ids in the log of each process."""
        found = []
        for folder in sorted(self.data.glob("log-*")):
            async with run_log(folder) as log:
                records = await log.records("events-received")
            found.append([(record.key or b"").decode().partition(":")[2] for record in records])
        return found


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    running = Edge(tmp_path)
    yield running
    running.clean_up()


async def _in_thread(function, *arguments):  # type: ignore[no-untyped-def]
    return await asyncio.to_thread(function, *arguments)


async def test_processes_share_a_port_and_one_that_dies_is_replaced(edge: Edge) -> None:
    await _in_thread(edge.start, 2)
    sent = await edge.send(60)
    assert len(sent) == 60
    _, metrics = await edge.get("/metrics")
    assert 'stacktide_edge_requests_total{route="v1",status="202"} 60.0' in metrics
    killed, survivor = edge.children
    os.kill(killed, signal.SIGKILL)
    await _in_thread(edge.wait_for, "edge_ready", 3)
    assert survivor in edge.children
    sent += await edge.send(60)
    _, metrics = await edge.get("/metrics")
    assert f'stacktide_edge_requests_total{{route="v1",status="202"}} {len(sent)}.0' in metrics
    assert (await edge.get("/readyz"))[0] == 200
    assert await _in_thread(edge.end, signal.SIGTERM) == 0
    stored = await edge.stored()
    assert all(stored), "one process had all the connections"
    assert sorted(chain(*stored)) == sorted(sent)


async def test_children_end_with_their_parent_however_it_ends(edge: Edge) -> None:
    await _in_thread(edge.start, 2)
    assert len(edge.children) == 2
    assert await _in_thread(edge.end, signal.SIGKILL) == -signal.SIGKILL


@pytest.mark.slow
async def test_spooled_events_survive_kills_and_fewer_processes(edge: Edge) -> None:
    away = edge.data / "away"
    await _in_thread(edge.start, 2)
    sent = await edge.send(20)
    away.touch()
    for _ in range(2):
        sending = asyncio.create_task(edge.send(100))
        await asyncio.sleep(0.3)
        await _in_thread(edge.kill_all)
        sent += await sending
        await _in_thread(edge.start, 2)
    assert len(sent) > 20, "nothing was acknowledged while the log was away"
    status, text = await edge.get("/readyz")
    assert (status, json.loads(text)["detail"]["log"]) in {(200, "away"), (200, "there")}
    await _in_thread(edge.end, signal.SIGTERM)
    away.unlink()
    await _in_thread(edge.start, 1)
    deadline = time.monotonic() + 30
    while {path.name for path in (edge.data / "spool").iterdir()} != {"0"} or await _waits(edge):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert await _in_thread(edge.end, signal.SIGTERM) == 0
    stored = [*chain(*await edge.stored())]
    assert set(sent) - set(stored) == set()
    assert len(stored) - len(set(stored)) == 0, "drained twice though nothing was killed while it drained"


async def _waits(edge: Edge) -> bool:
    return bool(json.loads((await edge.get("/readyz"))[1])["detail"]["spooled"])


async def test_when_the_spool_is_full_clients_are_told_to_come_back(edge: Edge) -> None:
    await _in_thread(edge.start, 1)
    (edge.data / "away").touch()
    url = f"http://127.0.0.1:{edge.port}/api/v1/events"
    body = json.dumps({"message": "m" * 50_000})
    async with aiohttp.ClientSession(headers=HEADERS) as client:
        statuses = []
        for _ in range(40):
            async with client.post(url, data=body) as answer:
                statuses.append(answer.status)
    assert statuses == sorted(statuses)
    assert set(statuses) == {202, 503}
    assert int(answer.headers["Retry-After"]) > 0
    (edge.data / "away").unlink()
    deadline = time.monotonic() + 30
    while await _waits(edge):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert len(await edge.send(1)) == 1
    await _in_thread(edge.end, signal.SIGTERM)
    assert len([*chain(*await edge.stored())]) == statuses.count(202) + 1


def test_a_port_that_somebody_listens_on_is_not_shared() -> None:
    with reserve("127.0.0.1", 0) as held:
        held.listen()
        with pytest.raises(OSError, match="in use"):
            reserve("127.0.0.1", held.getsockname()[1])
