"""Stages on Kafka: each alone in this process, and the process stage in one and in two worker processes."""

import asyncio
import signal
import time
from collections.abc import Sequence

from agents.stage import StageApp, StageConfig, Stores
from benchmarks.backlog import fill, remaining
from benchmarks.cluster import Cluster
from benchmarks.part import Part
from cluster.context import open_context
from cluster.log import KafkaLog
from faust_app import STAGES, TOPOLOGY, create_app
from runtime.context import Context
from settings import Settings
from stores.ports import Log


async def measure_stages(settings: Settings, events: int) -> dict[str, dict[str, float]]:
    """By stage: CPU µs of the whole process for each event, and events per second. Each takes what those before it made."""
    context = open_context(settings, client_id="bench")
    await fill(context.log, events)
    results = {}
    for stage in STAGES:
        results[stage] = await _measure(context, stage, events)
    await context.close()
    return results


async def _measure(context: Context, stage: str, events: int) -> dict[str, float]:
    group = f"stacktide-{stage}"
    partitions = len(await context.log.offsets("events-received"))
    config = StageConfig(
        context.settings,
        group,
        context.broker,
        partitions,
        Stores(context.events, context.archive, context.search_sink),
        log=context.log,
    )
    app: StageApp = create_app(config, {stage})
    app.failure = asyncio.get_running_loop().create_future()
    await app.start()
    while not (app.consumer_generation_id and app.tables.actives_ready):
        await asyncio.sleep(0.01)
    cpu, started = time.process_time(), time.monotonic()
    await _consumed(context.log, group, sorted({node.consumes for node in TOPOLOGY if node.stage == stage}))
    cpu, seconds = time.process_time() - cpu, time.monotonic() - started
    await app.stop()
    return {"cpu_us": cpu / events * 1e6, "per_second": events / seconds}


async def _consumed(log: Log, group: str, topics: Sequence[str]) -> None:
    """Wait until a group has committed everything."""
    while await remaining(log, group, topics):
        await asyncio.sleep(0.1)


def measure_scaling(cluster: Cluster, events: int) -> dict[str, dict[str, float]]:
    """Events per second, and CPU µs of all workers for each, with one worker and with two."""
    results = {}
    for count in (1, 2):
        workers = [cluster.start_worker(f"scaling-{count}-{n}", "process", wait=False) for n in range(count)]
        for worker in workers:
            worker.wait_ready()
        time.sleep(2 * count)  # the second worker's arrival has the first give up partitions
        results[f"{count} worker{'s' * (count > 1)}"] = asyncio.run(_drive(cluster, workers, events))
        for worker in workers:
            worker.stop()
    return results


async def _drive(cluster: Cluster, workers: list[Part], events: int) -> dict[str, float]:
    log = KafkaLog(Settings.from_environment(cluster.environment), "bench")
    await fill(log, 2000)
    await _consumed(log, "stacktide-process", ["events-received", "events-deduplicated"])
    for worker in workers:
        worker.signal(signal.SIGSTOP)
    await fill(log, events)
    before, started = sum(worker.cpu_seconds() for worker in workers), time.monotonic()
    for worker in workers:
        worker.signal(signal.SIGCONT)
    await _consumed(log, "stacktide-process", ["events-received", "events-deduplicated"])
    seconds = time.monotonic() - started
    cpu = sum(worker.cpu_seconds() for worker in workers) - before
    await log.close()
    return {"per_second": events / seconds, "cpu_us": cpu / events * 1e6}
