"""The port ``Log`` on Kafka, where it differs from the embedded one: topics that are made again, and a broker that is away."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from cluster.log import KafkaLog
from infra.servers.kafka import Kafka
from settings import Settings
from stores.errors import StoreUnavailable
from stores.ports import LogRecord
from tests.contract.stages import new_name, read_all
from topics import TopicPlan

DAY = 86_400.0


@pytest.fixture
async def kafka_log(kafka_server: Kafka) -> AsyncIterator[KafkaLog]:
    log = KafkaLog(Settings(kafka=kafka_server.addresses), "contract")
    yield log
    await log.close()


async def delete_topic(server: Kafka, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=server.addresses)
    await admin.start()
    await admin.delete_topics([topic])
    await admin.close()


async def test_a_topic_that_is_made_again_has_a_later_generation(
    kafka_server: Kafka, kafka_log: KafkaLog
) -> None:
    plan = TopicPlan(new_name(), 2, DAY, False)
    await kafka_log.create_topics([plan])
    generations = []
    for _ in range(3):
        await kafka_log.send(plan.name, [LogRecord(b"key", b"", [])] * 5)
        generations.append(await kafka_log.generation(plan.name))
        await delete_topic(kafka_server, plan.name)
        await kafka_log.create_topics([plan])
        assert await kafka_log.offsets(plan.name) == {0: (0, 0), 1: (0, 0)}
    other = KafkaLog(Settings(kafka=kafka_server.addresses), "other")
    generations.append(await other.generation(plan.name))
    await other.close()
    assert generations == sorted(set(generations)), "each is later than the one before"


async def test_a_generation_is_later_also_where_the_clock_went_back(
    kafka_server: Kafka, kafka_log: KafkaLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = TopicPlan(new_name(), 1, DAY, False)
    await kafka_log.create_topics([plan])
    before = await kafka_log.generation(plan.name)
    await delete_topic(kafka_server, plan.name)
    await kafka_log.create_topics([plan])
    hour_ago = time.time() - 3600
    monkeypatch.setattr("cluster.generations.time.time", lambda: hour_ago)
    assert await kafka_log.generation(plan.name) > before


async def test_two_that_meet_a_topic_at_once_agree_on_its_generation(kafka_server: Kafka) -> None:
    plan = TopicPlan(new_name(), 1, DAY, False)
    logs = [KafkaLog(Settings(kafka=kafka_server.addresses), "one of many") for _ in range(4)]
    await logs[0].create_topics([plan])
    assert len(set(await asyncio.gather(*(log.generation(plan.name) for log in logs)))) == 1
    for log in logs:
        await log.close()


@pytest.mark.servers
@pytest.mark.slow
async def test_while_kafka_is_away_it_says_so_and_afterwards_works_again(tmp_path: Path) -> None:
    server = Kafka(tmp_path / "kafka")
    await asyncio.to_thread(server.start)
    log = KafkaLog(Settings(kafka=server.addresses), "contract")
    plan = TopicPlan("events", 1, DAY, False)
    try:
        await log.create_topics([plan])
        await log.send("events", [LogRecord(b"key", b"before", [])])
        server.kill()
        await says_unavailable(log.send("events", [LogRecord(b"key", b"during", [])]), 6.5)
        for call in (
            log.offsets("events"),
            log.read("events", 0, 0),
            log.committed("group"),
            log.describe_topics(),
            log.generation("events"),
            log.create_topics([TopicPlan("more", 1, DAY, False)]),
            log.commit("group", {("events", 0): 1}),
        ):
            await says_unavailable(call, 16.0)
        await asyncio.to_thread(server.restart)
        await again(lambda: log.send("events", [LogRecord(b"key", b"after", [])]))
        (found,) = (await read_all(log, "events")).values()
        assert {record.value for record in found} >= {b"before", b"after"}
        await log.commit("group", {("events", 0): 1})
        assert await log.committed("group") == {("events", 0): 1}
        assert "events" in await log.describe_topics()
    finally:
        await log.close()
        await asyncio.to_thread(server.stop)


async def says_unavailable(call: Any, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        with pytest.raises(StoreUnavailable):
            await call


async def again(call: Any) -> None:
    """Call until it works, for at most 20 seconds."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await call()
            except StoreUnavailable:
                await asyncio.sleep(0.2)
