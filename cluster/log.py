"""Kafka as the port ``stores.ports.Log``: for the edge, the API and the commands. Agents use Faust's driver."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from cluster.connection import connection_options
from cluster.errors import connection_error, log_error
from cluster.generations import generations, make_generations_topic
from cluster.sender import give_up, make_producer
from cluster.topic_ids import topic_ids
from cluster.topics import TopicAdmin
from settings import Settings
from stores.errors import StoreRejected, StoreUnavailable
from stores.ports import LogRecord, StoredRecord, TopicState
from topics import TopicPlan

#: How long ``send`` waits for the acknowledgement of all in-sync replicas, in seconds.
SEND_TIMEOUT = 5.0
#: How long ``read`` waits for records that exist.
_READ_TIMEOUT = 10.0
#: How long a broker may hold a fetch that finds nothing: a read at another offset waits for the fetch before it.
_FETCH_WAIT = 0.1
#: How long records are gathered into one request.
_LINGER = 0.003


class KafkaLog:
    """The log on Kafka. All methods may raise ``StoreUnavailable``."""

    def __init__(self, settings: Settings, client_id: str) -> None:
        self._settings = settings
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None
        self._reader: AIOKafkaConsumer | None = None
        self._admin: TopicAdmin | None = None
        self._opening = asyncio.Lock()
        self._reading = asyncio.Lock()

    async def close(self) -> None:
        """Send what is left, and disconnect."""
        for client in (self._producer, self._reader):
            if client is not None:
                await client.stop()
        if self._admin is not None:
            await self._admin.close()

    async def send(self, topic: str, records: Sequence[LogRecord]) -> None:
        """Append records, each to the partition of its key, in order. Returns once all in-sync replicas have them.

        Raises:
            StoreUnavailable: not all were acknowledged within ``SEND_TIMEOUT``; those may still arrive.
            StoreRejected: a record is too large.
        """
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                producer = await self._started_producer()
                sent = [
                    await producer.send(topic, record.value, record.key, headers=record.headers)
                    for record in records
                ]
                await self._acknowledged(producer, sent)
        except TimeoutError as error:
            raise StoreUnavailable(f"Kafka did not acknowledge within {SEND_TIMEOUT:g} s.") from error
        except KafkaError as error:
            raise log_error(error, f"to send to {topic}") from error

    async def _acknowledged(self, producer: AIOKafkaProducer, sent: Sequence[Awaitable[Any]]) -> None:
        try:
            await asyncio.gather(*sent)
        except KafkaError:
            # It gave a batch up, which leaves a gap in its sequence numbers: the next send makes another.
            if self._producer is producer:
                self._producer = None
                await give_up(producer)
            raise

    async def read(self, topic: str, partition: int, offset: int, limit: int = 1000) -> list[StoredRecord]:
        """Up to ``limit`` records at or after ``offset``; empty at the end.

        Raises:
            StoreRejected: there is no such partition.
        """
        offsets = await self.offsets(topic)
        if partition not in offsets:
            raise StoreRejected(f"There is no partition {partition} of a topic {topic}.")
        first, end = offsets[partition]
        if (start := max(offset, first)) >= end:
            return []
        place = TopicPartition(topic, partition)
        try:
            async with self._reading, asyncio.timeout(_READ_TIMEOUT):
                reader = await self._started_reader()
                reader.assign([place])
                reader.seek(place, start)
                records: list[Any] = []
                while not records and await reader.position(place) < end:
                    fetched = await reader.getmany(place, timeout_ms=500, max_records=limit)
                    records = fetched.get(place, [])
                # Left assigned, it would go on fetching what nobody asked for.
                reader.unsubscribe()
        except TimeoutError as error:
            raise StoreUnavailable(f"Kafka did not send {topic} within {_READ_TIMEOUT:g} s.") from error
        except KafkaError as error:
            raise log_error(error, f"to read {topic}") from error
        return [
            StoredRecord(r.offset, r.timestamp / 1000, r.key, r.value, [*r.headers]) for r in records[:limit]
        ]

    async def offsets(self, topic: str) -> dict[int, tuple[int, int]]:
        """First offset kept and next offset to be written, by partition. Empty for a topic that does not exist."""
        try:
            reader = await self._started_reader()
            if not await topic_ids(reader._client, [topic]):
                return {}
            # A read that went on meanwhile would replace the topics that the client asks about.
            async with self._reading, asyncio.timeout(_READ_TIMEOUT):
                await reader._client._wait_on_metadata(topic)
                numbers = reader._client.cluster.partitions_for_topic(topic)
                places = [TopicPartition(topic, number) for number in sorted(numbers)]
                first, end = await asyncio.gather(
                    reader.beginning_offsets(places), reader.end_offsets(places)
                )
        except TimeoutError as error:
            raise StoreUnavailable(
                f"Kafka did not tell the offsets of {topic} within {_READ_TIMEOUT:g} s."
            ) from error
        except KafkaError as error:
            raise log_error(error, f"to look up the offsets of {topic}") from error
        return {place.partition: (first[place], end[place]) for place in places}

    async def committed(self, group: str) -> dict[tuple[str, int], int]:
        """Next offset to be consumed by a consumer group, by (topic, partition)."""
        return await (await self._started_admin()).committed(group)

    async def commit(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        """Set a consumer group's next offsets, by (topic, partition). No member of the group may be running."""
        options = connection_options(self._settings)
        consumer = AIOKafkaConsumer(**options, group_id=group, enable_auto_commit=False)
        try:
            await consumer.start()
            consumer.assign([TopicPartition(*place) for place in offsets])
            await consumer.commit(
                {TopicPartition(*place): OffsetAndMetadata(offset, "") for place, offset in offsets.items()}
            )
        except KafkaError as error:
            raise log_error(error, f"to commit the offsets of {group}") from error
        finally:
            await consumer.stop()

    async def topics(self) -> list[str]:
        """Names of all topics but Kafka's own."""
        return sorted(await self.describe_topics())

    async def create_topics(self, plans: Sequence[TopicPlan]) -> list[str]:
        """Make the topics that are missing; returns their names.

        Raises:
            StoreRejected: Kafka will not have one of them.
        """
        admin = await self._started_admin()
        await make_generations_topic(admin)
        return await admin.create(plans)

    async def describe_topics(self) -> dict[str, TopicState]:
        """All topics but Kafka's own, by name."""
        return await (await self._started_admin()).describe()

    async def generation(self, topic: str) -> int:
        """When a topic was made, in Unix milliseconds.

        Raises:
            StoreRejected: there is no such topic.
        """
        return (await generations(self._settings, [topic]))[topic][1]

    async def _started_producer(self) -> AIOKafkaProducer:
        async with self._opening:
            if self._producer is None:
                producer = make_producer(self._settings, self._client_id, _LINGER)
                self._producer = await _started(producer, self._settings)
            return self._producer

    async def _started_reader(self) -> AIOKafkaConsumer:
        async with self._opening:
            if self._reader is None:
                options = connection_options(self._settings)
                reader = AIOKafkaConsumer(
                    **options,
                    client_id=self._client_id,
                    enable_auto_commit=False,
                    fetch_max_wait_ms=int(_FETCH_WAIT * 1000),
                )
                self._reader = await _started(reader, self._settings)
            return self._reader

    async def _started_admin(self) -> TopicAdmin:
        async with self._opening:
            if self._admin is None:
                admin = TopicAdmin(self._settings)
                await admin.start()
                self._admin = admin
            return self._admin


async def _started(client: Any, settings: Settings) -> Any:
    try:
        await client.start()
    except BaseException as error:
        await client.stop()
        if isinstance(error, KafkaError):
            raise await connection_error(error, settings) from error
        raise
    return client
