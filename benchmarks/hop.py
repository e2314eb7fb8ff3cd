"""What one pass-through hop costs: consume 2 KiB events, decode nothing, produce them to the next topic.

Prints the CPU time of the process for each event, in microseconds, for our adaptive batches and for stock Faust's way
(``event.forward`` for each event), both on the embedded log in the same run:

    python -m benchmarks.hop --events 50000
"""

import argparse
import asyncio
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from typing import Any

import faust

from agents.batches import run_batches
from agents.raw_schema import RawSchema
from agents.records import Incoming
from agents.table_manager import PromptTableManager
from embedded.log import Log
from schemas.headers import Received, event_key
from stores.ports import LogRecord

VALUE_BYTES = 2048
BATCH = 1000
PARTITIONS = 4


def make_records(serials: Iterable[int], make_value: Callable[[str], bytes]) -> list[LogRecord]:
    """Records with the headers that the edge writes; ``make_value`` gives the body of an event id."""
    records = []
    for serial in serials:
        event_id = f"{serial:032x}"
        received = Received(
            1, 1, event_id, 1.7e9, "application/json", "192.0.2.1", "sentry.python/2", "envelope"
        )
        records.append(LogRecord(event_key(1, event_id), make_value(event_id), received.encode()))
    return records


def _noise(_event_id: str) -> bytes:
    return os.urandom(VALUE_BYTES)


def add_batched_hop(app: faust.App, done: Callable[[int], None]) -> None:
    """The hop in adaptive batches."""
    source = app.topic("source", schema=RawSchema())

    @app.agent(source)  # type: ignore[untyped-decorator]
    async def hop(stream: Any) -> None:
        async def forward(batch: list[Incoming]) -> None:
            records = [LogRecord(record.key, record.value, record.headers) for record in batch]
            await app.producer.send_many("batched", records)
            done(len(batch))

        await run_batches(stream, "hop", forward, BATCH)


def add_stock_hop(app: faust.App, done: Callable[[int], None]) -> None:
    """The hop as Faust's documentation has it."""
    source = app.topic("source", value_serializer="raw", key_serializer="raw")
    target = app.topic("stock", value_serializer="raw", key_serializer="raw")

    @app.agent(source)  # type: ignore[untyped-decorator]
    async def hop(stream: Any) -> None:
        async for event in stream.events():
            await event.forward(target, key=event.key, value=event.value, headers=event.message.headers)
            done(1)


async def measure(folder: str, name: str, add_hop: Callable[..., None], events: int) -> float:
    """CPU microseconds an event, from the start of consumption until the last event is durable and committed."""
    app = faust.App(
        f"hop-{name}",
        broker=f"embedded://{folder}",
        datadir=f"{folder}-{name}",
        topic_partitions=PARTITIONS,
        topic_disable_leader=True,
        web_enabled=False,
        stream_wait_empty=False,
        TableManager=PromptTableManager,
    )
    seen = 0
    finished = asyncio.Event()

    def done(count: int) -> None:
        nonlocal seen
        seen += count
        if seen >= events:
            finished.set()

    add_hop(app, done)
    started = time.process_time()
    await app.start()
    await finished.wait()
    await app.producer.flush()
    await app.consumer.commit()
    spent = time.process_time() - started
    await app.stop()
    return spent / events * 1e6


def measure_hops(events: int) -> dict[str, float]:
    """CPU µs of the process for an event, start of the app included, by way of hopping; over the same records."""
    return asyncio.run(_measure_both(events))


async def _measure_both(events: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        log = Log.shared(f"{folder}/log")
        await log.start()
        for topic in ("source", "batched", "stock"):
            log.create_topic(topic, PARTITIONS)
        for first in range(0, events, BATCH):
            await log.send("source", make_records(range(min(BATCH, events - first)), _noise))
        ways = {"adaptive batches": ("batched", add_batched_hop), "stock Faust": ("stock", add_stock_hop)}
        results = {
            way: await measure(f"{folder}/log", topic, add_hop, events)
            for way, (topic, add_hop) in ways.items()
        }
        await log.close()
        return results


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--events", type=int, default=50_000)
    arguments = parser.parse_args()
    logging.getLogger().setLevel(logging.ERROR)
    print(
        f"{arguments.events} events of {VALUE_BYTES} bytes, CPU time of the process for each, start of the app included"
    )
    for way, microseconds in measure_hops(arguments.events).items():
        print(f"  {way:<18}{microseconds:6.1f} µs")


if __name__ == "__main__":
    main()
