"""Faust's producer on Kafka, with batches that are sent in order and without a gap."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from aiokafka.errors import KafkaError
from faust.exceptions import ProducerSendError
from faust.transport import base
from faust.types import TP, RecordMetadata
from mode.utils.times import Seconds, want_seconds

from agents.flushing import FlushingBuffer
from cluster.sender import Sender
from cluster.topics import TopicAdmin
from stores.ports import LogRecord
from topics import TopicPlan
from topics.partitioner import partition_of


class Producer(base.Producer):  # type: ignore[misc]
    """Sends records to Kafka. Agents use ``send_many``; the other ways are for Faust's own records."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.buffer = FlushingBuffer(loop=self.loop, beacon=self.beacon)
        self.buffer.app = self.app
        self._sender = Sender(self.app.config.settings, f"{self.app.conf.id}-{self.client_id}")

    async def on_start(self) -> None:
        """Connect."""
        await self._sender.start()
        await super().on_start()

    async def on_stop(self) -> None:
        """Disconnect."""
        await super().on_stop()
        await self._sender.stop()

    async def send_many(
        self, topic: str, records: Sequence[LogRecord], partition: int | None = None
    ) -> dict[int, int]:
        """Send records in order, each to the partition of its key or all to one; returns once all in-sync replicas have them.

        Returns the offset of the last record in each partition.

        Raises:
            StoreUnavailable, StoreRejected: some were not taken; others may have been.
        """
        return await self._sender.send_many(topic, records, partition)

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None,
        timestamp: float | None,
        headers: Any,
        *,
        transactional_id: str | None = None,
    ) -> Awaitable[RecordMetadata]:
        """Queue a record; the awaitable resolves once all in-sync replicas have it."""
        pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers or ())
        try:
            sent: Awaitable[RecordMetadata] = await self._sender.producer.send(
                topic,
                value,
                key,
                partition,
                timestamp_ms=int(timestamp * 1000) if timestamp else None,
                headers=pairs,
            )
        except KafkaError as error:
            raise ProducerSendError(f"Cannot send to {topic}: {error!r}") from error
        return sent

    async def send_and_wait(self, topic: str, *args: Any, **kwargs: Any) -> RecordMetadata:
        """Send a record, and return once all in-sync replicas have it."""
        return await (await self.send(topic, *args, **kwargs))

    async def flush(self) -> None:
        """Wait until all that was sent, the buffer's records among it, is acknowledged."""
        if self.buffer.size:
            await self.buffer.flush()
            await self._sender.producer.flush()

    async def create_topic(
        self,
        topic: str,
        partitions: int,
        replication: int,
        *,
        config: Mapping[str, Any] | None = None,
        timeout: Seconds = 20.0,
        retention: Seconds | None = None,
        compacting: bool | None = None,
        deleting: bool | None = None,
        ensure_created: bool = False,
    ) -> None:
        """Make a table's changelog, unless it exists; copies as the setting ``kafka_replication`` says."""
        kept = want_seconds(retention) if retention and deleting else None
        admin = TopicAdmin(self.app.config.settings)
        await admin.start()
        try:
            await admin.create([TopicPlan(topic, partitions, kept, bool(compacting))])
        finally:
            await admin.close()

    def key_partition(self, topic: str, key: bytes) -> TP:
        """The topic and partition of a key."""
        producer = self._sender.producer
        return TP(topic, partition_of(key, len(producer.client.cluster.partitions_for_topic(topic))))

    def supports_headers(self) -> bool:
        """Records have headers."""
        return True
