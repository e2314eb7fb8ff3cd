"""Sends batches of records to Kafka in order, without leaving a gap.

The watermarks of origins (architecture rule 4) hold only while a batch that failed is sent again before anything behind it. So
the records of one partition go one batch after the other, each acknowledged by all in-sync replicas before the next is given
to the idempotent producer. That producer sends a batch again for as long as it takes; what it does give up leaves a gap in
its sequence numbers, after which Kafka would refuse everything it sends: it is then replaced by a new one.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from cluster.connection import connection_options
from cluster.errors import connection_error, log_error
from cluster.topics import MAX_MESSAGE_BYTES
from settings import Settings
from stores.errors import StoreUnavailable
from stores.ports import LogRecord
from topics.partitioner import partition_of

log = structlog.get_logger(__name__)

#: Size of one batch before compression; a larger record is a batch of its own.
BATCH_BYTES = 512 * 1024


def make_producer(settings: Settings, client_id: str, linger: float) -> AIOKafkaProducer:
    """A producer as Stacktide uses them. ``linger`` is in seconds, and concerns records that are sent one by one."""
    return AIOKafkaProducer(
        **connection_options(settings),
        client_id=client_id,
        acks="all",
        enable_idempotence=True,
        compression_type="zstd",
        max_batch_size=BATCH_BYTES,
        max_request_size=MAX_MESSAGE_BYTES,
        linger_ms=int(linger * 1000),
    )


class _GivenUp(Exception):
    """The producer has given up a batch."""

    def __init__(self, reason: KafkaError) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Sender:
    """An idempotent producer of batches."""

    def __init__(self, settings: Settings, client_id: str) -> None:
        self._settings = settings
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None
        self._replacing = asyncio.Lock()

    async def start(self) -> None:
        """Connect.

        Raises:
            StoreUnavailable: no broker can be reached.
        """
        producer = make_producer(self._settings, self._client_id, 0.0)
        try:
            await producer.start()
        except KafkaError as error:
            await producer.stop()
            raise await connection_error(error, self._settings) from error
        self._producer = producer

    async def stop(self) -> None:
        """Disconnect. What has not been acknowledged is given up: its senders have not gone on."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await give_up(producer)

    @property
    def producer(self) -> AIOKafkaProducer:
        """The producer of this moment.

        Raises:
            StoreUnavailable: it is stopped, or being replaced.
        """
        if self._producer is None:
            raise StoreUnavailable("The Kafka producer is not running.")
        return self._producer

    async def send_many(
        self, topic: str, records: Sequence[LogRecord], partition: int | None = None
    ) -> dict[int, int]:
        """Send records in order, each to the partition of its key or all to one; returns once all in-sync replicas have them.

        Returns the offset of the last record in each partition.

        Raises:
            StoreUnavailable, StoreRejected: some were not taken; others may have been.
        """
        producer = self.producer
        try:
            groups = await self._by_partition(producer, topic, records, partition)
            sends = [
                asyncio.ensure_future(_send_in_order(producer, topic, number, group))
                for number, group in groups.items()
            ]
            await _all(sends)
        except _GivenUp as error:
            await self._replace(producer, error.reason)
            raise log_error(error.reason, f"to send to {topic}") from error
        except KafkaError as error:
            raise log_error(error, f"to send to {topic}") from error
        return dict(zip(groups, (send.result() for send in sends), strict=True))

    async def _by_partition(
        self, producer: AIOKafkaProducer, topic: str, records: Sequence[LogRecord], partition: int | None
    ) -> dict[int, Sequence[LogRecord]]:
        if partition is not None:
            return {partition: records}
        partitions = len(await producer.partitions_for(topic))
        groups: dict[int, list[LogRecord]] = {}
        for record in records:
            groups.setdefault(partition_of(record.key or b"", partitions), []).append(record)
        return dict(groups)

    async def _replace(self, failed: AIOKafkaProducer, error: KafkaError) -> None:
        """Put a new producer in the place of one that gave something up."""
        async with self._replacing:
            if self._producer is not failed:
                return
            log.warning(
                "kafka_producer_replaced", client=self._client_id, error=f"{type(error).__name__}: {error}"
            )
            self._producer = None
            await give_up(failed)
            try:
                await self.start()
            except StoreUnavailable:
                # Sends find no producer and are tried again; the first of them to come starts one.
                self._producer = failed


async def _send_in_order(
    producer: AIOKafkaProducer, topic: str, partition: int, records: Sequence[LogRecord]
) -> int:
    """Returns the offset of the last record."""
    done = 0
    last = -1
    while done < len(records):
        batch = producer.create_batch()
        start = done
        for record in records[start:]:
            appended = batch.append(
                key=record.key, value=record.value, headers=record.headers, timestamp=None
            )
            if appended is None:
                break
            done += 1
        batch.close()
        acknowledged = await producer.send_batch(batch, topic, partition=partition)
        try:
            last = (await acknowledged).offset + done - start - 1
        except KafkaError as error:
            raise _GivenUp(error) from error
    return last


async def _all(sends: "list[asyncio.Task[int]]") -> None:
    """Wait for all, also where one has failed: none may go on sending behind its caller's back.

    Raises:
        KafkaError, _GivenUp: the first failure.
    """
    try:
        await asyncio.wait(sends)
    except asyncio.CancelledError:
        for send in sends:
            send.cancel()
        raise
    for send in sends:
        send.result()


async def give_up(producer: Any) -> None:
    """Stop a producer without waiting for what it has not sent; those who wait for it get an error."""
    producer._message_accumulator.fail_all(KafkaError("the producer was stopped"))
    producer._message_accumulator._batches.clear()
    await producer.client.close()
    with suppress(KafkaError):
        await producer.stop()
