"""CPU time of each agent alone: its input is laid ready on the log, the agent consumes it to the end, nothing else runs."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import uvloop

from agents.stage import StageApp, StageConfig, Stores
from benchmarks.backlog import fill, remaining
from embedded.context import PARTITIONS
from embedded.log import Log
from faust_app import EMBEDDED_STAGES, TOPOLOGY, Node
from settings import Settings
from stores.archive.folder import FolderArchive
from stores.events.chdb import ChdbStore
from topics import planned_topics

#: Measured on the embedded stores.
_NODES = [node for node in TOPOLOGY if node.stage in EMBEDDED_STAGES]


async def measure_agents(count: int, only: str | None = None) -> dict[str, dict[str, float]]:
    """By agent (of one stage, if ``only`` is given): records, seconds, and CPU µs a record.

    The agents run one after the other in flow order on one log, each on what those before it made.
    """
    with tempfile.TemporaryDirectory(prefix="stacktide-bench-") as name:
        folder = Path(name)
        settings = Settings(data=folder, archive_linger=0.2)
        log = Log.shared(folder / "log")
        await log.start()
        await log.create_topics(planned_topics(PARTITIONS))
        events = ChdbStore(folder / "clickhouse")
        await events.migrate()
        stores = Stores(events, FolderArchive(folder / "archive"))
        await fill(log, count)
        results = {}
        for node in _NODES:
            if only and node.stage != only and _NODES.index(node) > _last_of(only):
                break
            results[node.agent] = await _measure(node, log, settings, stores)
        await events.close()
        await log.close()
    return {node.agent: results[node.agent] for node in _NODES if not only or node.stage == only}


def _last_of(stage: str) -> int:
    return max(index for index, node in enumerate(_NODES) if node.stage == stage)


async def _measure(node: Node, log: Log, settings: Settings, stores: Stores) -> dict[str, float]:
    group = f"stacktide-bench-{node.agent}"
    broker = f"embedded://{settings.data / 'log'}"
    app = StageApp(StageConfig(settings, group, broker, PARTITIONS, stores, log=log))
    app.failure = asyncio.get_running_loop().create_future()
    node.attach(app)
    records = sum(end - first for first, end in (await log.offsets(node.consumes)).values())
    await app.start()
    cpu, started = time.process_time(), time.monotonic()
    while await remaining(log, group, [node.consumes]):
        if app.failure.done():
            raise RuntimeError(f"{node.agent} failed") from app.failure.result()
        await asyncio.sleep(0.05)
    seconds, cpu = time.monotonic() - started, time.process_time() - cpu
    await app.stop()
    return {"records": records, "per_second": records / seconds, "cpu_us": cpu / max(records, 1) * 1e6}


def run_stages(count: int, only: str | None = None) -> dict[str, Any]:
    """``measure_agents`` in an event loop of its own."""
    return uvloop.run(measure_agents(count, only))
