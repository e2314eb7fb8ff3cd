"""The sender of batches: order and no gap, whatever becomes of the brokers."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka.errors import KafkaTimeoutError

from cluster.log import KafkaLog
from cluster.sender import Sender
from cluster.topics import MAX_MESSAGE_BYTES
from infra.servers.kafka import Kafka
from settings import Settings
from stores.errors import StoreRejected, StoreUnavailable
from stores.ports import LogRecord
from topics import TopicPlan

PARTITIONS = 3
GROUP = 20


def numbered(first: int, count: int) -> list[LogRecord]:
    """Records that name their key and their number in it."""
    return [
        LogRecord(b"k%d" % key, b"%d" % number, [])
        for number in range(first, first + count)
        for key in range(7)
    ]


async def values(log: KafkaLog, topic: str) -> dict[bytes, list[int]]:
    """The numbers that each key has on the topic, in their order."""
    found: dict[bytes, list[int]] = {}
    for partition, (offset, end) in (await log.offsets(topic)).items():
        while offset < end:
            records = await log.read(topic, partition, offset)
            for record in records:
                found.setdefault(record.key or b"", []).append(int(record.value or b""))
            offset = records[-1].offset + 1
    return found


def without_copies(numbers: list[int]) -> list[int]:
    """Each number where it comes first."""
    return list(dict.fromkeys(numbers))


@pytest.fixture
async def log(kafka_server: Kafka) -> AsyncIterator[KafkaLog]:
    found = KafkaLog(Settings(kafka=kafka_server.addresses), "sender")
    yield found
    await found.close()


@pytest.fixture
async def topic(log: KafkaLog) -> str:
    name = f"sender-{uuid.uuid4().hex[:12]}"
    await log.create_topics([TopicPlan(name, PARTITIONS, None, False)])
    return name


@pytest.fixture
async def sender(kafka_server: Kafka) -> AsyncIterator[Sender]:
    found = Sender(Settings(kafka=kafka_server.addresses), "sender")
    await found.start()
    yield found
    await found.stop()


async def test_the_last_offset_of_each_partition_is_returned(
    sender: Sender, log: KafkaLog, topic: str
) -> None:
    for round_ in range(3):
        last = await sender.send_many(topic, numbered(10 * round_, 10))
        ends = {number: end - 1 for number, (_, end) in (await log.offsets(topic)).items() if end}
        assert last == ends
    assert await sender.send_many(topic, [LogRecord(b"k", b"0", [])] * 4, partition=2) == {
        2: ends.get(2, -1) + 4
    }


async def test_what_does_not_fit_into_one_batch_is_sent_in_order(
    sender: Sender, log: KafkaLog, topic: str
) -> None:
    padding = b" " * 60_000
    records = [LogRecord(b"k", b"%d" % number + padding, []) for number in range(60)]
    await sender.send_many(topic, records)
    assert (await values(log, topic))[b"k"] == list(range(60))


async def test_a_record_that_is_too_large_is_refused_and_the_next_goes_through(
    sender: Sender, log: KafkaLog, topic: str
) -> None:
    with pytest.raises(StoreRejected):
        await sender.send_many(topic, [LogRecord(b"k", os.urandom(MAX_MESSAGE_BYTES + 1), [])])
    await sender.send_many(topic, [LogRecord(b"k", b"1", [])])
    assert (await values(log, topic))[b"k"] == [1]


async def test_a_producer_that_gave_up_a_batch_is_replaced(
    sender: Sender, log: KafkaLog, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sender.send_many(topic, numbered(0, 5))
    failed = sender.producer

    async def given_up(*_arguments: object, **_options: object) -> "asyncio.Future[None]":
        refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        refused.set_exception(KafkaTimeoutError())
        return refused

    monkeypatch.setattr(failed, "send_batch", given_up)
    with pytest.raises(StoreUnavailable):
        await sender.send_many(topic, numbered(5, 5))
    assert sender.producer is not failed
    await sender.send_many(topic, numbered(5, 5))
    assert all(numbers == list(range(10)) for numbers in (await values(log, topic)).values())


async def test_what_waits_when_the_sender_stops_gets_an_error(kafka_server: Kafka, topic: str) -> None:
    sender = Sender(Settings(kafka=kafka_server.addresses), "sender")
    await sender.start()
    send = asyncio.ensure_future(sender.send_many(topic, numbered(0, 3000)))
    await asyncio.sleep(0.005)
    await sender.stop()
    with pytest.raises(StoreUnavailable):
        await asyncio.wait_for(send, 10)
    with pytest.raises(StoreUnavailable):
        await sender.send_many(topic, numbered(0, 1))


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.timeout(200)
async def test_brokers_are_killed_in_the_middle_of_sends(tmp_path: Path) -> None:
    """Three brokers, each killed once: what is sent again comes before anything behind it, so that no gap is left."""
    server = Kafka(tmp_path / "kafka", brokers=3)
    await asyncio.to_thread(server.start)
    settings = Settings(kafka=server.addresses)
    log, sender = KafkaLog(settings, "sender"), Sender(settings, "sender")
    try:
        await log.create_topics([TopicPlan("sent", PARTITIONS, None, False)])
        await sender.start()
        stop = asyncio.Event()

        async def send() -> int:
            first = 0
            while not stop.is_set():
                try:
                    await sender.send_many("sent", numbered(first, GROUP))
                    first += GROUP
                except StoreUnavailable:
                    await asyncio.sleep(0.1)
            return first

        sending = asyncio.ensure_future(send())
        for broker in server.brokers:
            await asyncio.sleep(2)
            server.kill(broker)
            await asyncio.sleep(1)
            await asyncio.to_thread(server.restart, broker)
        await asyncio.sleep(2)
        stop.set()
        acknowledged = await sending
        found = await values(log, "sent")
    finally:
        await sender.stop()
        await log.close()
        await asyncio.to_thread(server.stop)
    print(f"{acknowledged} records of each key acknowledged")
    assert acknowledged > GROUP
    assert len(found) == 7
    for numbers in found.values():
        in_order = without_copies(numbers)
        assert in_order == list(range(len(in_order))), "no gap, and nothing overtakes what is sent again"
        assert len(in_order) >= acknowledged
