"""What is on alerts-evaluated, for streams of the API: the same in both modes, as the log is read by its port."""

import asyncio
import time

from stores.errors import StoreError
from stores.ports import Log

TOPIC = "alerts-evaluated"

#: How old, in seconds, what is known of the topic's end may be. All streams of a process share it.
_INTERVAL = 0.5


class Cursor:
    """The next offset to be read of each partition. As text, it resumes a stream: ``partition:offset``, joined by commas."""

    def __init__(self, offsets: dict[int, int]) -> None:
        self.offsets = offsets

    def __str__(self) -> str:
        return ",".join(f"{partition}:{offset}" for partition, offset in sorted(self.offsets.items()))

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """The inverse of ``str``.

        Raises:
            ValueError: the text is no cursor.
        """
        if len(text) > 4096:
            raise ValueError("too long")
        pairs = (pair.split(":") for pair in text.split(","))
        return cls({int(partition): int(offset) for partition, offset in pairs})


class AlertFeed:
    """Where the topic ends, asked for at most every so often, and how many streams there are."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.streams = 0
        self.closing = asyncio.Event()
        self._offsets: dict[int, tuple[int, int]] = {}
        self._asked = -_INTERVAL
        self._asking = asyncio.Lock()

    async def offsets(self) -> dict[int, tuple[int, int]]:
        """First offset kept and next offset to be written, by partition. Where the log cannot be read just now, what was
        known."""
        async with self._asking:
            if time.monotonic() >= self._asked + _INTERVAL:
                self._asked = time.monotonic()
                try:
                    self._offsets = await self.log.offsets(TOPIC)
                except StoreError:
                    return self._offsets
        return self._offsets

    async def pause(self) -> bool:
        """Wait until it is worth looking again; returns whether the server goes on."""
        try:
            await asyncio.wait_for(self.closing.wait(), _INTERVAL)
        except TimeoutError:
            return True
        return False
