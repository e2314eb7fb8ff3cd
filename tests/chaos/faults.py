"""What goes wrong in a chaos run, and when. The order is fixed, the moments and the victims are chance's."""

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable

from benchmarks.cluster import Cluster
from infra.servers.server import SingleServer

Fault = Callable[[], Awaitable[str]]
#: More than the sessions of ``test_chaos``, in seconds.
_PAUSE = 22.0


class Faults:
    """The faults of one run, at a cluster with three brokers and workers ``worker-1`` and ``worker-2``."""

    def __init__(self, cluster: Cluster, chance: random.Random) -> None:
        self._cluster = cluster
        self._chance = chance
        #: When and what, for the log of the run.
        self.log: list[str] = []
        self._later: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Let everything happen, each at its time, and return when all that was broken is whole again."""
        started = time.monotonic()
        for at, fault in self._plan():
            await asyncio.sleep(max(0.0, started + at - time.monotonic()))
            said = await fault()
            self.log.append(f"{time.monotonic() - started:5.1f} s  {said}")
        await asyncio.gather(*self._later)

    def _plan(self) -> list[tuple[float, Fault]]:
        cluster = self._cluster
        plan: list[tuple[float, Fault]] = [
            (5, self._kill_broker),
            (16, lambda: self._kill_worker(self._chance.choice(["worker-1", "worker-2"]))),
            (21, lambda: self._kill_server(cluster.opensearch, 12)),
            (25, lambda: self._kill_server(cluster.postgres, 6)),
            (29, lambda: self._kill_worker(self._chance.choice(["clickhouse", "archive", "opensearch"]))),
            (33, lambda: self._kill_server(cluster.redis, 5)),
            (37, lambda: self._kill_server(cluster.clickhouse, 8)),
            (41, lambda: self._kill_server(cluster.s3, 5)),
            (44, self._start_third),
            (48, self._pause_worker),
            (58, self._stop_third),
            (64, self._kill_broker),
        ]
        return [(at + self._chance.uniform(-1.5, 1.5), fault) for at, fault in plan]

    def _after(self, seconds: float, action: Callable[[], None], said: str) -> None:
        async def later() -> None:
            started = time.monotonic()
            await asyncio.sleep(seconds)
            await asyncio.to_thread(action)
            self.log.append(f"         {said}, after {time.monotonic() - started:.1f} s")

        self._later.append(asyncio.ensure_future(later()))

    async def _kill_broker(self) -> str:
        broker = self._chance.choice(self._cluster.kafka.brokers)
        self._cluster.kafka.kill(broker)
        self._after(8.0, lambda: self._cluster.kafka.restart(broker), f"broker {broker} is back")
        return f"kill -9 broker {broker}"

    async def _kill_worker(self, name: str) -> str:
        part = self._cluster.parts[name]
        part.kill()
        self._after(2.0, part.start, f"{name} is back")
        return f"kill -9 {name}"

    async def _kill_server(self, server: SingleServer, seconds: float) -> str:
        server.kill()
        self._after(seconds, server.restart, f"{server.name} is back")
        return f"kill -9 {server.name} for {seconds:g} s"

    async def _start_third(self) -> str:
        await asyncio.to_thread(self._cluster.start_worker, "worker-3", "process", "detect", wait=False)
        return "start worker-3"

    async def _stop_third(self) -> str:
        await asyncio.to_thread(self._cluster.parts["worker-3"].stop)
        return "stop worker-3"

    async def _pause_worker(self) -> str:
        name = self._chance.choice(["worker-1", "worker-2", "clickhouse", "archive"])
        part = self._cluster.parts[name]
        part.signal(signal.SIGSTOP)
        self._after(_PAUSE, lambda: part.signal(signal.SIGCONT), f"{name} goes on")
        return f"SIGSTOP {name} for {_PAUSE:g} s"
