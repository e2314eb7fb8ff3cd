"""When topics were made: what tells a record of a topic that was made again from one of the topic that it replaced.

Kafka has an id for each topic, but ids have no order, and positions need one (``schemas.headers.Position``). So whoever first
meets an id writes it down, with the time, on the topic ``topics-created``; the first record of an id counts, for everybody and
for ever.
"""

import time

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from cluster.connection import connection_options
from cluster.errors import log_error
from cluster.sender import make_producer
from cluster.topic_ids import topic_ids
from cluster.topics import TopicAdmin
from settings import Settings
from stores.errors import StoreRejected
from topics import TopicPlan

log = structlog.get_logger(__name__)

TOPIC = "topics-created"
_PARTITION = TopicPartition(TOPIC, 0)


class Created(msgspec.Struct, frozen=True):
    """A topic was first met. ``at`` is in Unix milliseconds."""

    topic: str
    id: str
    at: int


async def generations(settings: Settings, topics: list[str]) -> dict[str, tuple[str, int]]:
    """The id of each topic and when it was made, in Unix milliseconds.

    Raises:
        StoreUnavailable: Kafka cannot be asked.
        StoreRejected: one of the topics does not exist.
    """
    producer = make_producer(settings, "stacktide-generations", 0.0)
    try:
        await producer.start()
        ids = {name: str(uuid) for name, uuid in (await topic_ids(producer.client, topics)).items()}
        if missing := sorted(set(topics) - set(ids)):
            raise StoreRejected(
                f"There is no topic {', '.join(missing)}. Make the topics first: `stacktide topics --create`."
            )
        known = await _read(settings)
        if unknown := {name: id for name, id in ids.items() if (name, id) not in known}:
            await _write(producer, unknown, known)
            known = await _read(settings)
    except KafkaError as error:
        raise log_error(error, "to look up when topics were made") from error
    finally:
        await producer.stop()
    return {name: (id, known[name, id]) for name, id in ids.items()}


async def make_generations_topic(admin: TopicAdmin) -> None:
    """Make the topic ``topics-created``, if it is missing.

    Raises:
        StoreUnavailable: Kafka cannot be asked.
    """
    await admin.create([TopicPlan(TOPIC, 1, None, False)])


async def _write(producer: AIOKafkaProducer, met: dict[str, str], known: dict[tuple[str, str], int]) -> None:
    now = int(time.time() * 1000)
    for name, id in met.items():
        # Later than the topic that it replaces also where this machine's clock is behind.
        at = max([now, *(earlier + 1 for (other, _), earlier in known.items() if other == name)])
        log.info("topic_met", topic=name, topic_id=id, at=at)
        value = msgspec.json.encode(Created(name, id, at))
        await producer.send_and_wait(TOPIC, value, name.encode(), partition=0)


async def _read(settings: Settings) -> dict[tuple[str, str], int]:
    """What is written down, by topic and id."""
    options = connection_options(settings)
    consumer = AIOKafkaConsumer(**options, client_id="stacktide-generations", enable_auto_commit=False)
    known: dict[tuple[str, str], int] = {}
    await consumer.start()
    try:
        consumer.assign([_PARTITION])
        await consumer.seek_to_beginning(_PARTITION)
        end = (await consumer.end_offsets([_PARTITION]))[_PARTITION]
        while await consumer.position(_PARTITION) < end:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    created = msgspec.json.decode(record.value, type=Created)
                    known.setdefault((created.topic, created.id), created.at)
    finally:
        await consumer.stop()
    return known
