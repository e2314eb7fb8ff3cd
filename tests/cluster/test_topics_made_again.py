"""Topics that change under a stage: made again, or cut short. It goes on, says so, and takes nothing for a replay."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.structs import OffsetAndMetadata

import metrics
from agents.guard import DLQ_AGENT
from cluster.consumer import Consumer
from cluster.context import open_context
from infra.servers.kafka import Kafka
from runtime.context import Context
from runtime.stages import StageRunner
from schemas.headers import Received, event_key
from settings import Settings
from stores.ports import LogRecord
from tests.driver.topology_driver import delete_topics, origin_of
from topics import planned_topics

pytestmark = pytest.mark.slow

SOURCE = "events-received"
PARTITIONS = 3


@pytest.fixture
async def context(kafka_server: Kafka, tmp_path: Path) -> AsyncIterator[Context]:
    """The stage ``process`` on topics that are new."""
    await delete_topics(kafka_server.addresses)
    settings = Settings(
        data=tmp_path,
        kafka=kafka_server.addresses,
        partitions=PARTITIONS,
        commit_interval=0.05,
        kafka_session_timeout=6.0,
        kafka_standbys=0,
    )
    found = open_context(settings, ("process",))
    await found.log.create_topics(planned_topics(PARTITIONS))
    yield found
    await found.close()


@asynccontextmanager
async def process(context: Context) -> AsyncIterator[StageRunner]:
    """The stage, which begins again when it fails."""
    runner = StageRunner(context, "process")
    task = asyncio.ensure_future(runner.run())
    try:
        async with asyncio.timeout(30):
            await runner.ready.wait()
        yield runner
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def send_events(context: Context, count: int) -> set[str]:
    """Put new events on the source; returns their ids."""
    ids = [uuid.uuid4().hex for _ in range(count)]
    await context.log.send(
        SOURCE,
        [
            LogRecord(
                event_key(1, event_id),
                b'{"event_id":"%s","message":"m"}' % event_id.encode(),
                Received(1, 1, event_id, 1.79e9, "application/json", "127.0.0.1", "t/1", "envelope").encode(),
            )
            for event_id in ids
        ],
    )
    return set(ids)


async def read(context: Context, topic: str) -> list[Any]:
    """Every record of a topic."""
    found: list[Any] = []
    for partition, (offset, end) in (await context.log.offsets(topic)).items():
        while offset < end:
            records = await context.log.read(topic, partition, offset)
            found += records
            offset = records[-1].offset + 1
    return found


async def passed_on(context: Context) -> dict[str, set[int]]:
    """The generations of the origins with which each event was passed on, by its id."""
    ids: dict[str, set[int]] = {}
    for record in await read(context, "events-deduplicated"):
        event_id = dict(record.headers).get("event-id", b"").decode()
        ids.setdefault(event_id, set()).add(origin_of(record).generation)
    return ids


async def until_passed_on(context: Context, ids: set[str], seconds: float = 60.0) -> None:
    """Wait until these events have been passed on."""
    async with asyncio.timeout(seconds):
        while ids - set(await passed_on(context)):
            await asyncio.sleep(0.2)


async def until_all_is_committed(context: Context) -> None:
    async with asyncio.timeout(30):
        while True:
            committed = await context.log.committed("stacktide-process")
            ends = {(SOURCE, p): end for p, (_, end) in (await context.log.offsets(SOURCE)).items() if end}
            if ends and all(committed.get(place) == end for place, end in ends.items()):
                return
            await asyncio.sleep(0.1)


async def make_again(context: Context) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=context.settings.kafka)
    await admin.start()
    await admin.delete_topics([SOURCE])
    await admin.close()
    await context.log.create_topics(planned_topics(PARTITIONS))


def value(metric: Any, *labels: str) -> float:
    return float(metric.labels(*labels)._value.get())


@pytest.mark.parametrize("events", [5, 40], ids=["fewer than before", "more than before"])
async def test_the_source_is_made_again_while_the_stage_runs(context: Context, events: int) -> None:
    async with process(context):
        before = await send_events(context, 30)
        await until_passed_on(context, before)
        await until_all_is_committed(context)
        failures = value(metrics.STAGE_RESTARTS, "process")
        await make_again(context)
        after = await send_events(context, events)
        await until_passed_on(context, after)
        later = await until_new_generation(context)
        assert value(metrics.STAGE_RESTARTS, "process") - failures <= 5, "no crash loop"
    assert set(await passed_on(context)) == before | after | later


async def until_new_generation(context: Context) -> set[str]:
    """Send events until one is passed on under the topic's new generation; returns their ids.

    Those that a stage reads at its old place, before it notices, still come under the old one.
    """
    new, ids = await context.log.generation(SOURCE), set[str]()
    async with asyncio.timeout(30):
        while True:
            sent = await send_events(context, 1)
            ids |= sent
            await until_passed_on(context, sent)
            if new in set.union(*(await passed_on(context)).values()):
                return ids


async def test_the_source_is_made_again_while_the_stage_is_stopped(context: Context) -> None:
    async with process(context):
        before = await send_events(context, 30)
        await until_passed_on(context, before)
        await until_all_is_committed(context)
    await make_again(context)
    after = await send_events(context, 40)
    async with process(context):
        failures = value(metrics.STAGE_RESTARTS, "process")
        await until_passed_on(context, after)
        assert value(metrics.STAGE_RESTARTS, "process") == failures
    await assert_generations_differ(context, before, after)


async def test_an_offset_of_the_earlier_topic_is_not_one_of_the_new(context: Context) -> None:
    """As where the stage read on at its old place before it noticed, and committed that."""
    async with process(context):
        before = await send_events(context, 30)
        await until_passed_on(context, before)
        await until_all_is_committed(context)
    committed = await committed_with_metadata(context)
    assert all(at.metadata for at in committed.values())
    await make_again(context)
    after = await send_events(context, 100)
    await commit_with_metadata(context, committed)
    out_of_range = value(metrics.OFFSETS_OUT_OF_RANGE, SOURCE)
    async with process(context):
        await until_passed_on(context, after)
    assert value(metrics.OFFSETS_OUT_OF_RANGE, SOURCE) - out_of_range == PARTITIONS
    await assert_generations_differ(context, before, after)


async def committed_with_metadata(context: Context) -> dict[TopicPartition, OffsetAndMetadata]:
    admin = AIOKafkaAdminClient(bootstrap_servers=context.settings.kafka)
    await admin.start()
    found = await admin.list_consumer_group_offsets("stacktide-process")
    await admin.close()
    return {place: at for place, at in found.items() if place.topic == SOURCE and at.offset >= 0}


async def commit_with_metadata(context: Context, offsets: dict[TopicPartition, OffsetAndMetadata]) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=context.settings.kafka, group_id="stacktide-process")
    await consumer.start()
    consumer.assign(list(offsets))
    await consumer.commit(offsets)
    await consumer.stop()


async def test_a_stage_notices_that_its_topic_is_another(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cluster.consumer._TOPICS_WATCHED_EVERY", 0.5)
    failures = value(metrics.STAGE_RESTARTS, "process")
    learn = Consumer._learn_generations

    async def learn_wrongly(consumer: Consumer, topics: list[str]) -> None:
        await learn(consumer, topics)
        monkeypatch.setattr(Consumer, "_learn_generations", learn)
        consumer._generations[SOURCE] = ("another", 1)

    monkeypatch.setattr(Consumer, "_learn_generations", learn_wrongly)
    async with process(context):
        async with asyncio.timeout(20):
            while value(metrics.STAGE_RESTARTS, "process") == failures:
                await asyncio.sleep(0.05)
        events = await send_events(context, 10)
        await until_passed_on(context, events)
        await asyncio.sleep(1.5)
        assert value(metrics.STAGE_RESTARTS, "process") == failures + 1


async def assert_generations_differ(context: Context, before: set[str], after: set[str]) -> None:
    """All have been passed on, those of after the new making under the new topic's generation."""
    found = await passed_on(context)
    assert set(found) == before | after
    new = await context.log.generation(SOURCE)
    assert all(new in found[event_id] for event_id in after)
    assert all(max(found[event_id]) < new for event_id in before)


async def test_records_that_were_not_consumed_are_gone(context: Context) -> None:
    async with process(context):
        before = await send_events(context, 30)
        await until_passed_on(context, before)
        await until_all_is_committed(context)
    await send_events(context, 30)
    admin = AIOKafkaAdminClient(bootstrap_servers=context.settings.kafka)
    await admin.start()
    ends = {partition: end for partition, (_, end) in (await context.log.offsets(SOURCE)).items()}
    await admin.delete_records(
        {TopicPartition(SOURCE, p): RecordsToDelete(before_offset=end) for p, end in ends.items()}
    )
    await admin.close()
    kept = await send_events(context, 20)
    out_of_range = value(metrics.OFFSETS_OUT_OF_RANGE, SOURCE)
    async with process(context):
        await until_passed_on(context, kept)
        assert value(metrics.OFFSETS_OUT_OF_RANGE, SOURCE) - out_of_range == PARTITIONS
    assert set(await passed_on(context)) == before | kept


async def test_an_offset_beyond_the_end(context: Context) -> None:
    events = await send_events(context, 20)
    await context.log.commit("stacktide-process", {(SOURCE, partition): 1000 for partition in range(3)})
    out_of_range = value(metrics.OFFSETS_OUT_OF_RANGE, SOURCE)
    async with process(context):
        await until_passed_on(context, events)
    assert value(metrics.OFFSETS_OUT_OF_RANGE, SOURCE) - out_of_range == PARTITIONS


async def test_records_that_cannot_be_decoded_are_put_aside(context: Context) -> None:
    garbage = [
        LogRecord(b"", None, []),
        LogRecord(b"", b"", []),
        LogRecord(b"\xff\xfe", b"\x00\x01", [("project", b"no number")]),
        LogRecord(b"1:x", b"{}", [("project", b"\xff"), ("project", b"1")]),
    ]
    async with process(context) as runner:
        await context.log.send(SOURCE, garbage)
        events = await send_events(context, 20)
        await until_passed_on(context, events)
        await until_all_is_committed(context)
        assert runner.error == ""
    quarantined = [
        dict(record.headers)[DLQ_AGENT]
        for topic in (SOURCE, "events-deduplicated")
        for record in await read(context, f"{topic}-dlq")
    ]
    assert quarantined == [b"deduplicate", b"fingerprint", b"fingerprint", b"fingerprint"]
