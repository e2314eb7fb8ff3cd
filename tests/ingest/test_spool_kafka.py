"""The spool before a real Kafka that is killed and comes back."""

import asyncio
import time
from pathlib import Path

import pytest
from test_spool import EVENTS, events, spooling

from cluster.log import KafkaLog
from infra.servers.kafka import Kafka
from ingest.spool import Spool
from settings import Settings
from topics import planned_topics

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(300)]

#: Longer than Kafka's client tries to deliver what it has, so that it gives some of it up.
AWAY_SECONDS = 12.0


async def test_nothing_is_lost_while_kafka_is_killed(tmp_path: Path) -> None:
    kafka = Kafka(tmp_path / "kafka")
    await asyncio.to_thread(kafka.start)
    log = KafkaLog(Settings(kafka=kafka.addresses, data=tmp_path), "edge")
    acknowledged: list[str] = []
    slowest = 0.0
    try:
        await log.create_topics(planned_topics(2))
        async with spooling(log, await Spool.open(tmp_path / "spool", 64 << 20), patience=2.0) as spooled:
            stop = asyncio.Event()

            async def client(name: str) -> None:
                nonlocal slowest
                number = 0
                while not stop.is_set():
                    number += 1
                    began = time.monotonic()
                    await spooled.send(EVENTS, events(f"{name}-{number}", size=1000))
                    slowest = max(slowest, time.monotonic() - began)
                    acknowledged.append(f"{name}-{number}")
                    await asyncio.sleep(0.01)

            clients = [asyncio.create_task(client(f"c{number}")) for number in range(8)]
            await asyncio.sleep(2)
            await asyncio.to_thread(kafka.kill)
            await asyncio.sleep(AWAY_SECONDS)
            assert spooled.is_away
            during = spooled.waiting
            assert during > 100
            await asyncio.to_thread(kafka.restart)
            async with asyncio.timeout(60):
                while spooled.waiting or spooled.is_away:
                    await asyncio.sleep(0.1)
            before = len(acknowledged)
            await asyncio.sleep(1)
            assert len(acknowledged) > before
            assert not spooled.is_away
            stop.set()
            await asyncio.gather(*clients)
        stored: list[str] = []
        for partition, (offset, end) in (await log.offsets(EVENTS)).items():
            while offset < end:
                records = await log.read(EVENTS, partition, offset)
                stored += [(record.key or b"").decode() for record in records]
                offset = records[-1].offset + 1
    finally:
        await log.close()
        await asyncio.to_thread(kafka.stop)
    print(
        f"acknowledged {len(acknowledged)}, spooled {during}, on Kafka {len(stored)}, slowest answer {slowest:.2f} s"
    )
    assert set(acknowledged) - set(stored) == set()
    assert slowest < 10
