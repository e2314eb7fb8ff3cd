"""One suite for the port ``Log``, on the embedded log and on Kafka."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cluster.log import KafkaLog
from cluster.topics import MAX_MESSAGE_BYTES
from embedded.log import Log as EmbeddedLog
from settings import Settings
from stores.errors import StoreRejected
from stores.ports import Log, LogRecord, TopicState
from tests.contract.stages import new_name, read_all
from topics import TopicPlan
from topics.partitioner import partition_of

DAY = 86_400.0


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.servers)])
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Log]:
    if request.param == "embedded":
        embedded = EmbeddedLog.open(tmp_path / "log", fsync=False)
        await embedded.start()
        yield embedded
        await embedded.close()
    else:
        kafka = KafkaLog(Settings(kafka=request.getfixturevalue("kafka_server").addresses), "contract")
        yield kafka
        await kafka.close()


def differs_on_kafka(request: pytest.FixtureRequest, reason: str) -> None:
    """What only the embedded log promises."""
    if request.node.callspec.params["log"] == "kafka":
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))


@pytest.fixture
async def topic(log: Log) -> str:
    """A new topic of three partitions."""
    name = new_name()
    await log.create_topics([TopicPlan(name, 3, DAY, False)])
    return name


async def test_records_come_back_as_they_were_sent(log: Log, topic: str) -> None:
    sent = [
        LogRecord(b"key", b"value", [("name", b"content"), ("name", b"again")]),
        LogRecord(b"key", b"", [("empty", b"")]),
        LogRecord(b"key", None, []),
        LogRecord(b"key", bytes(range(256)), [("binary", bytes(range(256)))]),
    ]
    before = time.time()
    await log.send(topic, sent)
    records = [record for partition in (await read_all(log, topic)).values() for record in partition]
    assert [LogRecord(*record[2:]) for record in records] == sent
    assert [record.offset for record in records] == [0, 1, 2, 3]
    assert all(before - 1 < record.timestamp < time.time() + 1 for record in records)


async def test_a_record_may_have_no_key_or_an_empty_one(log: Log, topic: str) -> None:
    await log.send(topic, [LogRecord(None, b"no key", []), LogRecord(b"", b"empty key", [])])
    records = [record for partition in (await read_all(log, topic)).values() for record in partition]
    assert {(record.key, record.value) for record in records} == {(None, b"no key"), (b"", b"empty key")}


async def test_a_key_has_the_same_partition_in_both_logs(log: Log, topic: str) -> None:
    keys = [b"", b"a", b"1:" + b"f" * 32, *(b"key-%d" % number for number in range(200))]
    await log.send(topic, [LogRecord(key, b"", []) for key in keys])
    found = await read_all(log, topic)
    assert {record.key: partition for partition, records in found.items() for record in records} == {
        key: partition_of(key, 3) for key in keys
    }


async def test_the_records_of_a_key_keep_their_order(log: Log, topic: str) -> None:
    for start in range(0, 300, 100):
        await log.send(
            topic,
            [LogRecord(b"k%d" % (number % 7), b"%d" % number, []) for number in range(start, start + 100)],
        )
    for partition in (await read_all(log, topic)).values():
        numbers = [int(record.value or b"") for record in partition]
        assert numbers == sorted(numbers)
        assert [record.offset for record in partition] == list(range(len(partition)))


async def test_concurrent_sends_each_keep_their_order(log: Log, topic: str) -> None:
    async def send(sender: int) -> None:
        for start in range(0, 50, 10):
            await log.send(
                topic, [LogRecord(b"key", b"%d:%d" % (sender, start + place), []) for place in range(10)]
            )

    await asyncio.gather(*(send(sender) for sender in range(8)))
    (records,) = [records for records in (await read_all(log, topic)).values() if records]
    by_sender: dict[bytes, list[int]] = {}
    for record in records:
        sender, number = (record.value or b"").split(b":")
        by_sender.setdefault(sender, []).append(int(number))
    assert list(by_sender.values()) == [list(range(50))] * 8


async def test_a_record_of_more_than_a_mebibyte(log: Log, topic: str) -> None:
    body = bytes(range(256)) * 6000
    await log.send(
        topic, [LogRecord(b"key", body, [("name", b"x" * 10_000)]), LogRecord(b"key", b"next", [])]
    )
    (records,) = [records for records in (await read_all(log, topic)).values() if records]
    assert [record.value for record in records] == [body, b"next"]


async def test_a_record_that_is_too_large_is_refused(
    log: Log, topic: str, request: pytest.FixtureRequest
) -> None:
    if request.node.callspec.params["log"] == "embedded":
        request.applymarker(
            pytest.mark.xfail(strict=True, reason="the embedded log holds records of up to 1 GiB")
        )
    with pytest.raises(StoreRejected):
        await log.send(topic, [LogRecord(b"key", bytes(MAX_MESSAGE_BYTES + 1), [])])


async def test_reading_from_any_offset(log: Log, topic: str) -> None:
    await log.send(topic, [LogRecord(b"key", b"%d" % number, []) for number in range(20)])
    partition = partition_of(b"key", 3)
    for offset in (0, 7, 19):
        found = await log.read(topic, partition, offset, 4)
        assert [record.offset for record in found] == list(range(offset, min(offset + 4, 20)))
    assert await log.read(topic, partition, 20) == []
    assert await log.read(topic, partition, 1000) == []
    assert await log.read(topic, (partition + 1) % 3, 0) == []


async def test_many_readers_at_once(log: Log, topic: str) -> None:
    await log.send(topic, [LogRecord(b"k%d" % (number % 7), b"%d" % number, []) for number in range(60)])
    reads = [log.read(topic, partition, 0) for partition in range(3) for _ in range(5)]
    found = await asyncio.gather(*reads)
    assert sum(len(records) for records in found) == 5 * 60


async def test_offsets_say_what_is_there(log: Log, topic: str) -> None:
    assert await log.offsets(topic) == {0: (0, 0), 1: (0, 0), 2: (0, 0)}
    await log.send(topic, [LogRecord(b"key", b"", [])] * 5)
    expected = {0: (0, 0), 1: (0, 0), 2: (0, 0), partition_of(b"key", 3): (0, 5)}
    assert await log.offsets(topic) == expected


async def test_a_topic_that_does_not_exist(log: Log, topic: str) -> None:
    assert await log.offsets(new_name()) == {}
    with pytest.raises(StoreRejected):
        await log.generation(new_name())
    with pytest.raises(StoreRejected):
        await log.read(new_name(), 0, 0)
    with pytest.raises(StoreRejected):
        await log.read(topic, 3, 0)


async def test_sending_to_a_topic_that_does_not_exist(log: Log, request: pytest.FixtureRequest) -> None:
    differs_on_kafka(
        request,
        "Kafka's client waits for the topic, which may be on its way; send then gives up with StoreUnavailable",
    )
    with pytest.raises(StoreRejected):
        await log.send(new_name(), [LogRecord(b"key", b"", [])])


async def test_committed_offsets_are_kept_by_group(log: Log, topic: str) -> None:
    await log.send(topic, [LogRecord(b"k%d" % number, b"", []) for number in range(30)])
    one, two = new_name(), new_name()
    await log.commit(one, {(topic, 0): 1})
    await log.commit(two, {(topic, 0): 3})
    await log.commit(one, {(topic, 0): 2, (topic, 1): 0})
    assert await log.committed(one) == {(topic, 0): 2, (topic, 1): 0}
    assert await log.committed(two) == {(topic, 0): 3}
    assert await log.committed(new_name()) == {}


async def test_an_offset_goes_back(log: Log, topic: str) -> None:
    await log.send(topic, [LogRecord(b"key", b"", [])] * 9)
    place = (topic, partition_of(b"key", 3))
    group = new_name()
    await log.commit(group, {place: 9})
    await log.commit(group, {place: 0})
    assert await log.committed(group) == {place: 0}


async def test_an_offset_beyond_the_end_is_refused(
    log: Log, topic: str, request: pytest.FixtureRequest
) -> None:
    differs_on_kafka(
        request, "Kafka takes any offset; a stage that finds it out of range begins at the first"
    )
    with pytest.raises(StoreRejected):
        await log.commit(new_name(), {(topic, 0): 4})


async def test_topics_are_made_as_they_are_planned(log: Log) -> None:
    plans = [
        TopicPlan(new_name(), 3, 2 * DAY, False),
        TopicPlan(new_name(), 1, None, False),
        TopicPlan(new_name(), 2, None, True),
        TopicPlan(new_name(), 2, 5 * DAY, True),
    ]
    assert sorted(await log.create_topics(plans)) == sorted(plan.name for plan in plans)
    assert await log.create_topics(plans) == []
    found = await log.describe_topics()
    assert [found[plan.name] for plan in plans] == [
        TopicState(plan.partitions, 1, plan.retention, plan.compacted) for plan in plans
    ]


async def test_topics_are_made_once_from_several_places_at_once(log: Log) -> None:
    plan = TopicPlan(new_name(), 3, DAY, False)
    made = await asyncio.gather(*(log.create_topics([plan]) for _ in range(5)))
    assert [name for names in made for name in names] == [plan.name]


async def test_a_name_that_is_not_allowed(log: Log) -> None:
    with pytest.raises(StoreRejected):
        await log.create_topics([TopicPlan("not allowed", 1, None, False)])


async def test_generations_are_when_topics_were_made(log: Log, topic: str) -> None:
    generation = await log.generation(topic)
    assert abs(generation - time.time() * 1000) < 60_000
    assert await log.generation(topic) == generation
    await asyncio.sleep(0.005)
    later = new_name()
    await log.create_topics([TopicPlan(later, 1, DAY, False)])
    assert await log.generation(later) > generation
