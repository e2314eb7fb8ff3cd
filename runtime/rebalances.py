"""Notes the rebalances of a stage in the operational store, where whoever looks at the stream finds those of all workers."""

import asyncio
import os
import socket

import structlog

from schemas.rebalance import Rebalance
from stores.errors import StoreError
from stores.ports import OperationalStore

log = structlog.get_logger(__name__)

#: How many wait while the store is away; further ones are not noted.
_WAITING = 100


class RebalanceNotes:
    """What a stage says of its rebalances, on its way to the store. The stage never waits for it."""

    def __init__(self, store: OperationalStore, stage: str) -> None:
        self._store = store
        self._stage = stage
        self._worker = f"{socket.gethostname()}:{os.getpid()}"
        self._waiting: asyncio.Queue[Rebalance] = asyncio.Queue(_WAITING)

    def note(self, rebalance: Rebalance) -> None:
        """Have a rebalance noted soon."""
        log.debug("rebalanced", stage=self._stage, **rebalance._asdict())
        if not self._waiting.full():
            self._waiting.put_nowait(rebalance)

    async def run(self) -> None:
        """Note what waits, until cancelled. What the store does not take is in the logs only."""
        while True:
            rebalance = await self._waiting.get()
            try:
                await self._store.rebalances.add(self._stage, self._worker, rebalance)
            except StoreError as error:
                log.warning("rebalance_not_noted", stage=self._stage, error=str(error))
