"""Topics that are followed: compacted ones with what people have configured. Every process reads them whole.

They are small, and whoever needs one needs all of it, whatever partitions of events it has (Kafka Streams calls that a
global table). So they are read beside Faust: on the first batch to their end, and then, at most every so often, from where
the last reading ended. A change so acts within that time in every process.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import structlog

from stores.errors import StoreError, StoreUnavailable
from stores.ports import LogReader, StoredRecord

log = structlog.get_logger(__name__)

Value = TypeVar("Value")


class FollowedTopic(Generic[Value]):
    """The latest value of each key of a topic.

    ``decode`` makes a value of a record's bytes; one that raises leaves the key's earlier value as it is. ``interval``
    is how old (in seconds) what is known may be.
    """

    def __init__(
        self, log_reader: LogReader, topic: str, decode: Callable[[bytes], Value], interval: float
    ) -> None:
        self._log = log_reader
        self._topic = topic
        self._decode = decode
        self._interval = interval
        self._values: dict[bytes, Value] = {}
        self._next: dict[int, int] = {}
        self._read_at: float | None = None
        self._reading = asyncio.Lock()
        #: Rises with each record that was read.
        self.changes = 0

    async def current(self, *, anew: bool = False) -> Mapping[bytes, Value]:
        """The values by key; ``anew``: as of now, however lately they were read. Where the log cannot be read just now,
        those that were known.

        Raises:
            StoreUnavailable: nothing has been read yet, and the log cannot be read.
        """
        async with self._reading:
            if anew or self._read_at is None or time.monotonic() >= self._read_at + self._interval:
                await self._refresh()
        return self._values

    async def _refresh(self) -> None:
        try:
            await self._read()
        except StoreError as error:
            if self._read_at is None:
                raise StoreUnavailable(str(error)) from error
            log.warning("configuration_not_read", topic=self._topic, error=str(error))
        self._read_at = time.monotonic()

    async def _read(self) -> None:
        offsets = await self._log.offsets(self._topic)
        if not offsets:
            raise StoreUnavailable(f"There is no topic {self._topic}. Make it first: `stacktide migrate`.")
        for partition, (first, end) in offsets.items():
            start = self._next.get(partition, first)
            if start > end:
                start = first  # the topic was made again
            while start < end:
                records = await self._log.read(self._topic, partition, start)
                if not records:
                    break  # compaction has left nothing up to the end
                for record in records:
                    self._apply(record)
                start = records[-1].offset + 1
            self._next[partition] = end

    def _apply(self, record: StoredRecord) -> None:
        key = record.key or b""
        self.changes += 1
        if not record.value:
            self._values.pop(key, None)
            return
        try:
            self._values[key] = self._decode(record.value)
        except Exception as error:
            log.error(
                "configuration_refused",
                topic=self._topic,
                key=key.decode(errors="replace"),
                offset=record.offset,
                error=f"{type(error).__name__}: {error}",
            )
