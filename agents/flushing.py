"""A producer buffer whose ``flush`` means it.

``send_soon`` (every write to a stock Faust table) puts records into the producer's buffer, and the consumer flushes it before
it commits offsets. Stock Faust's buffer gives up waiting after 0.1 s, so the offsets may be committed ahead of the changelog.
"""

import asyncio

from faust.transport.producer import ProducerBuffer
from faust.types.tuples import FutureMessage
from mode import Service


class FlushingBuffer(ProducerBuffer):  # type: ignore[misc]
    """Hands its records to the producer in the order in which they were put, whoever flushes."""

    #: Records beyond which delivery to the streams waits for a flush.
    max_messages = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        self._filled = asyncio.Event()
        self._sending = asyncio.Lock()

    @property
    def size(self) -> int:
        """Records that wait to be handed to the producer."""
        return int(self.pending.qsize())

    def put(self, fut: FutureMessage) -> None:
        """Add a record, to be sent soon."""
        super().put(fut)
        self._filled.set()

    async def flush(self) -> None:
        """Hand all records to the producer."""
        async with self._sending:
            while not self.pending.empty():
                await self._send_pending(self.pending.get_nowait())
        self.message_sent.set()

    async def flush_atmost(self, max_messages: int | None) -> int:
        """Hand all records to the producer; returns how many there were."""
        size: int = self.size
        await self.flush()
        return size

    async def wait_until_ebb(self) -> None:
        """Hand the records to the producer where there are many."""
        if self.size > self.max_messages:
            await self.flush()

    @Service.task  # type: ignore[untyped-decorator]
    async def _handle_pending(self) -> None:
        while not self.should_stop:
            await self._filled.wait()
            self._filled.clear()
            await self.flush()
