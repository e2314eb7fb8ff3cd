"""The stream on one Kafka broker: what a hop costs beside raw aiokafka and stock Faust, what each stage costs, how the process
stage scales from one worker to two, and how long a worker takes to recover a million rows.

Everything runs on this machine, broker included, one measurement after the other:

    python -m benchmarks.kafka --events 50000
    python -m benchmarks.kafka --only recovery --rows 1000000
"""

import argparse
import asyncio
import json
import logging
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer

from agents.batches import run_batches
from agents.records import Incoming
from agents.stage import StageApp, StageConfig
from benchmarks.cluster import Cluster
from benchmarks.hop import BATCH, add_stock_hop, make_records
from benchmarks.kafka_recovery import measure_recovery
from benchmarks.kafka_stages import measure_scaling, measure_stages
from cluster.connection import connection_options
from cluster.driver import BROKER
from cluster.log import KafkaLog
from cluster.sender import make_producer
from settings import Settings
from stores.ports import LogRecord
from topics import TopicPlan

PARTITIONS = 4
_HOUR = 3600.0


async def measure_hops(settings: Settings, events: int) -> dict[str, dict[str, float]]:
    """By way of hopping: CPU µs of this process and wall-clock events per second, over the same records."""
    log = KafkaLog(settings, "bench")
    await log.create_topics(
        [TopicPlan(name, PARTITIONS, _HOUR, False) for name in ("source", "raw", "stock", "batched")]
    )
    for first in range(0, events, BATCH):
        await log.send("source", make_records(min(BATCH, events - first)))
    await log.close()
    ways: dict[str, Callable[[Settings, int], Awaitable[None]]] = {
        "raw aiokafka": _raw_hop,
        "adaptive batches": _batched_hop,
        "stock Faust": _stock_hop,
    }
    results = {}
    for way, hop in ways.items():
        cpu, started = time.process_time(), time.monotonic()
        await hop(settings, events)
        cpu, seconds = time.process_time() - cpu, time.monotonic() - started
        results[way] = {"cpu_us": cpu / events * 1e6, "per_second": events / seconds}
    return results


async def _raw_hop(settings: Settings, events: int) -> None:
    consumer = AIOKafkaConsumer(
        "source",
        **connection_options(settings),
        group_id="raw",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    producer = make_producer(settings, "raw", 0.005)
    await consumer.start()
    await producer.start()
    seen = 0
    while seen < events:
        sends = []
        for records in (await consumer.getmany(timeout_ms=1000, max_records=BATCH)).values():
            for record in records:
                sends.append(await producer.send("raw", record.value, record.key, headers=[*record.headers]))
        await asyncio.gather(*sends)
        await consumer.commit()
        seen += len(sends)
    await consumer.stop()
    await producer.stop()


async def _batched_hop(settings: Settings, events: int) -> None:
    app = StageApp(StageConfig(settings, "batched", BROKER, PARTITIONS))
    app.failure = asyncio.get_running_loop().create_future()
    seen = 0
    finished = asyncio.Event()

    @app.agent(app.source("source"), name="hop")  # type: ignore[untyped-decorator]
    async def hop(stream: Any) -> None:
        async def forward(batch: list[Incoming]) -> None:
            nonlocal seen
            await app.producer.send_many(
                "batched", [LogRecord(record.key, record.value, record.headers) for record in batch]
            )
            seen += len(batch)
            if seen >= events:
                finished.set()

        await run_batches(stream, "hop", forward, BATCH)

    await app.start()
    await finished.wait()
    await app.consumer.commit()
    await app.stop()


async def _stock_hop(settings: Settings, events: int) -> None:
    app = faust.App(
        "stock",
        broker=f"kafka://{settings.kafka}",
        datadir=settings.data / "stock",
        topic_partitions=PARTITIONS,
        topic_disable_leader=True,
        web_enabled=False,
        stream_wait_empty=False,
        producer_acks=-1,
        producer_compression_type="zstd",
    )
    seen = 0
    finished = asyncio.Event()

    def done(count: int) -> None:
        nonlocal seen
        seen += count
        if seen >= events:
            finished.set()

    add_stock_hop(app, done)
    await app.start()
    await finished.wait()
    await app.producer.flush()
    await app.consumer.commit()
    await app.stop()


def _print(title: str, rows: dict[str, dict[str, float]]) -> None:
    print(f"\n{title}")
    for name, figures in rows.items():
        listed = "  ".join(f"{figure} {value:,.1f}" for figure, value in figures.items())
        print(f"  {name:<28}{listed}", flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=50_000, help="events of each measurement")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of state that are recovered")
    parser.add_argument("--only", choices=["hops", "stages", "scaling", "recovery"])
    parser.add_argument("--json", action="store_true", help="one JSON document at the end")
    arguments = parser.parse_args()
    logging.getLogger().setLevel(logging.ERROR)
    results: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="stacktide-kafka-") as folder:
        cluster = Cluster(Path(folder), brokers=1)
        try:
            cluster.start_servers()
            settings = Settings.from_environment(cluster.environment, data=Path(folder) / "bench")
            measurements: dict[str, tuple[str, Callable[[], Any]]] = {
                "hops": (
                    "A hop that does nothing",
                    lambda: asyncio.run(measure_hops(settings, arguments.events)),
                ),
                "stages": (
                    "Each stage alone",
                    lambda: asyncio.run(measure_stages(settings, arguments.events)),
                ),
                "scaling": (
                    "The process stage in its own processes",
                    lambda: measure_scaling(cluster, arguments.events),
                ),
                "recovery": ("Recovery of state", lambda: measure_recovery(cluster, arguments.rows)),
            }
            for name, (title, measure) in measurements.items():
                if arguments.only in (None, name):
                    results[name] = measure()
                    _print(title, results[name])
        finally:
            cluster.stop()
    if arguments.json:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
