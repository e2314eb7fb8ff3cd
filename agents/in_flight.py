"""Batches that are being handled: a rebalance waits for them, and none begins while it goes on.

A handler that writes to a store after its partitions went to another worker would do that worker's work a second time. So
partitions are given up only once no handler runs any more; one that waits for a store that is away is broken off after a
while. It acked nothing, so the next owner does its batch again.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

#: How long handlers may take to finish when partitions are given up, in seconds.
GRACE = 5.0


class InFlight:
    """The handlers of one consumer."""

    def __init__(self) -> None:
        self._handlers: set[asyncio.Task[None]] = set()
        self._closed = False

    async def run(self, handler: Coroutine[Any, Any, None]) -> bool:
        """Run a handler; returns whether it finished. It did not where partitions are being given up."""
        if self._closed:
            handler.close()
            return False
        task = asyncio.ensure_future(handler)
        self._handlers.add(task)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            self._handlers.discard(task)
        if task.cancelled():
            return False
        task.result()
        return True

    async def finish(self) -> None:
        """Return once no handler runs, and let none begin until ``reopen``."""
        self._closed = True
        running = set(self._handlers)
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=GRACE)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    def reopen(self) -> None:
        """Let handlers begin again."""
        self._closed = False
