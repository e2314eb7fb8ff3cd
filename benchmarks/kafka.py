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
import os
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


class Clock:
    """Counts events, and what they cost from the first to the last: CPU time of this process, and time."""

    def __init__(self, events: int) -> None:
        self._expected = events
        self._seen = 0
        self._started = (0.0, 0.0)
        self._spent = (0.0, 0.0)
        self.finished = asyncio.Event()

    def begin(self) -> None:
        """The first events are there."""
        if self._started == (0.0, 0.0):
            self._started = time.process_time(), time.monotonic()

    def done(self, events: int) -> None:
        """So many have been passed on."""
        self._seen += events
        if self._seen >= self._expected:
            self.stop()
            self.finished.set()

    def stop(self) -> None:
        """All that belongs to the events is done."""
        self._spent = time.process_time() - self._started[0], time.monotonic() - self._started[1]

    @property
    def figures(self) -> dict[str, float]:
        """CPU µs an event, and events a second."""
        cpu, seconds = self._spent
        return {"cpu_us": cpu / self._expected * 1e6, "per_second": self._expected / seconds}


async def measure_hops(settings: Settings, events: int) -> dict[str, dict[str, float]]:
    """By way of hopping, over the same records: CPU µs of this process for each, and records a second."""
    log = KafkaLog(settings, "bench")
    await log.create_topics(
        [TopicPlan(name, PARTITIONS, _HOUR, False) for name in ("source", "raw", "stock", "batched")]
    )
    for first in range(0, events, BATCH):
        await log.send("source", make_records(range(first, min(first + BATCH, events)), _text))
    await log.close()
    ways: dict[str, Callable[[Settings, Clock], Awaitable[None]]] = {
        "raw aiokafka": _raw_hop,
        "adaptive batches": _batched_hop,
        "stock Faust": _stock_hop,
    }
    results = {}
    for way, hop in ways.items():
        clock = Clock(events)
        await hop(settings, clock)
        results[way] = clock.figures
    return results


def _text(event_id: str) -> bytes:
    """About 1 KiB, of which compression leaves a half."""
    return json.dumps({"event_id": event_id, "noise": os.urandom(488).hex()}).encode()


async def _raw_hop(settings: Settings, clock: Clock) -> None:
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
    while not clock.finished.is_set():
        sends = []
        for records in (await consumer.getmany(timeout_ms=1000, max_records=BATCH)).values():
            clock.begin()
            for record in records:
                sends.append(await producer.send("raw", record.value, record.key, headers=[*record.headers]))
        await asyncio.gather(*sends)
        await consumer.commit()
        clock.done(len(sends))
    await consumer.stop()
    await producer.stop()


async def _batched_hop(settings: Settings, clock: Clock) -> None:
    app = StageApp(StageConfig(settings, "batched", BROKER, PARTITIONS))
    app.failure = asyncio.get_running_loop().create_future()

    @app.agent(app.source("source"), name="hop")  # type: ignore[untyped-decorator]
    async def hop(stream: Any) -> None:
        async def forward(batch: list[Incoming]) -> None:
            clock.begin()
            records = [LogRecord(record.key, record.value, record.headers) for record in batch]
            await app.producer.send_many("batched", records)
            clock.done(len(batch))

        await run_batches(stream, "hop", forward, BATCH)

    await app.start()
    await clock.finished.wait()
    await app.consumer.commit()
    clock.stop()
    await app.stop()


async def _stock_hop(settings: Settings, clock: Clock) -> None:
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

    def done(count: int) -> None:
        clock.begin()
        clock.done(count)

    add_stock_hop(app, done)
    await app.start()
    await clock.finished.wait()
    await app.producer.flush()
    await app.consumer.commit()
    clock.stop()
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
