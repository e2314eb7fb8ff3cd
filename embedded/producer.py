"""Faust's producer on the embedded log."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from functools import partial
from typing import Any

from faust.exceptions import ProducerSendError
from faust.transport import base
from faust.types import TP, RecordMetadata
from mode.utils.times import Seconds

from agents.flushing import FlushingBuffer
from embedded.log import Log
from embedded.topic_config import topic_config
from schemas.headers import Headers
from stores.errors import StoreError
from stores.ports import LogRecord

#: Bytes that may be on their way to the disk before ``send`` waits for them.
PENDING_BYTES = 32 * 1024 * 1024


class Producer(base.Producer):  # type: ignore[misc]
    """Sends records to the embedded log.

    A record that ``send`` accepted and the log then refused is lost to its sender, who has gone on. So no offset is committed
    from then on (see ``failure``), the app crashes, and goes on from its committed offsets when it is started again. Those who
    want to deal with a refusal themselves use ``send_and_wait`` or ``send_many``.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.buffer = FlushingBuffer(loop=self.loop, beacon=self.beacon)
        self.buffer.app = self.app
        self._send_on_produce_message = self.app.on_produce_message.send
        self._broker: Log | None = None
        #: Why a record that ``send`` had accepted was not written, or None.
        self.failure: BaseException | None = None

    async def on_start(self) -> None:
        """Open the log."""
        self.failure = None
        self._broker = await self.transport.open_log()
        await super().on_start()

    async def on_shutdown(self) -> None:
        """Write what is left, and give the log up."""
        log, self._broker = self._broker, None
        if log is not None:
            await log.close()

    @property
    def broker(self) -> Log:
        """The log.

        Raises:
            ProducerSendError: the producer is not running.
        """
        if self._broker is None:
            raise ProducerSendError("The producer is not running.")
        return self._broker

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
        """Queue a record; the awaitable resolves once it is durable."""
        appended, tp = self._append(topic, key, value, partition, timestamp, headers)
        sent: asyncio.Future[RecordMetadata] = self.loop.create_future()
        appended.add_done_callback(partial(self._on_appended, sent, tp))
        if self.broker.pending_bytes > PENDING_BYTES:
            await self.broker.flush()
        return sent

    def _append(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None,
        timestamp: float | None,
        headers: Any,
    ) -> tuple[asyncio.Future[int], TP]:
        self._ensure_topic(topic)
        pairs = _header_pairs(headers)
        self._send_on_produce_message(
            key=key, value=value, partition=partition, timestamp=timestamp, headers=pairs
        )
        try:
            if partition is None:
                partition = self.broker.partition_for(topic, key)
            record = LogRecord(key, value, pairs)
            return self.broker.append(topic, partition, [record], timestamp), TP(topic, partition)
        except StoreError as error:
            raise ProducerSendError(f"Cannot send to {topic}: {error}") from error

    def _on_appended(
        self, sent: "asyncio.Future[RecordMetadata]", tp: TP, appended: "asyncio.Future[int]"
    ) -> None:
        error = appended.exception()
        if error is not None:
            self.failure = self.failure or error
            if not sent.done():
                sent.set_exception(error)
                sent.exception()  # the sender need not look
        elif not sent.done():
            sent.set_result(RecordMetadata(*tp, tp, appended.result()))

    async def send_and_wait(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None,
        timestamp: float | None,
        headers: Any,
        *,
        transactional_id: str | None = None,
    ) -> RecordMetadata:
        """Send a record, and return once it is durable.

        Raises:
            ProducerSendError: there is no such partition, or the record cannot be held.
            StoreUnavailable: it could not be written, and may be sent again.
        """
        appended, tp = self._append(topic, key, value, partition, timestamp, headers)
        return RecordMetadata(*tp, tp, await appended)

    async def send_many(
        self, topic: str, records: Sequence[LogRecord], partition: int | None = None
    ) -> dict[int, int]:
        """Send records in order, each to the partition of its key or all to one; returns once all are durable.

        Returns the offset of the last record in each partition.

        Raises:
            StoreRejected: there is no such partition, or a record cannot be held.
            StoreUnavailable: some could not be written; others may have been.
        """
        self._ensure_topic(topic)
        return await self.broker.send_many(topic, records, partition)

    async def flush(self) -> None:
        """Wait until all that was sent, the buffer's records among it, is durable or has failed."""
        if self._broker is not None:
            await self.buffer.flush()
            await self._broker.flush()

    async def create_topic(
        self,
        topic: str,
        partitions: int,
        replication: int,
        *,
        config: Mapping[str, Any] | None = None,
        timeout: Seconds = 1000.0,
        retention: Seconds | None = None,
        compacting: bool | None = None,
        deleting: bool | None = None,
        ensure_created: bool = False,
    ) -> None:
        """Make a topic, unless there is one.

        Raises:
            StoreRejected: the name or the number of partitions is not allowed, or ``ensure_created`` and there is one with
                another number of partitions.
        """
        if not self.app.conf.topic_allow_declare:
            self.log.warning("Topic creation disabled! Can't create topic %s", topic)
        elif ensure_created or not self.broker.has_topic(topic):
            self.broker.create_topic(topic, partitions, topic_config(retention, compacting, deleting, config))

    def _ensure_topic(self, topic: str) -> None:
        # A Kafka broker makes a topic that it is first sent to (auto.create.topics.enable); so does this one.
        if not self.broker.has_topic(topic):
            self.transport.declare(self.broker, [topic])

    def key_partition(self, topic: str, key: bytes) -> TP:
        """The topic and partition of a key."""
        self._ensure_topic(topic)
        return TP(topic, self.broker.partition_for(topic, key))

    def supports_headers(self) -> bool:
        """Records have headers."""
        return True


def _header_pairs(headers: Any) -> Headers:
    if not headers:
        return []
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return [
        (name, content.encode() if isinstance(content, str) else content or b"") for name, content in pairs
    ]
