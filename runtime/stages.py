"""Runs a stage: one that fails is stopped and begins again from its committed offsets, after a pause that grows with each
failure; the others go on meanwhile.
"""

import asyncio
import time
from typing import Any

import structlog

import metrics
from agents.guard import StageHalted
from agents.stage import StageApp, StageConfig, Stores
from faust_app import create_app
from runtime.context import Context
from runtime.rebalances import RebalanceNotes
from stores.errors import StoreError, StoreRejected

log = structlog.get_logger(__name__)

#: Its number of partitions is that of every table.
EVENTS = "events-received"

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_HALTED_PAUSE = 60.0


class StageRunner:
    """Keeps one stage running."""

    def __init__(self, context: Context, stage: str) -> None:
        self.stage = stage
        self.ready = asyncio.Event()
        self.error = ""
        self._context = context
        self._notes = RebalanceNotes(context.operational, stage)

    async def run(self) -> None:
        """Run until cancelled."""
        notes = asyncio.ensure_future(self._notes.run())
        try:
            await self._keep_running()
        finally:
            notes.cancel()
            # One that is being written lets go of its connection first: to cancel that again would leave it hanging for ever.
            await asyncio.wait({notes})

    async def _keep_running(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            started = time.monotonic()
            failure = await self._run_once()
            metrics.STAGE_RESTARTS.labels(self.stage).inc()
            self.error = f"{type(failure).__name__}: {failure}"
            if time.monotonic() - started > _LONGEST_PAUSE:
                pause = _FIRST_PAUSE
            wait = _HALTED_PAUSE if isinstance(failure, StageHalted) else pause
            log.error("stage_failed", stage=self.stage, error=self.error, begins_again_in=wait)
            await asyncio.sleep(wait)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _run_once(self) -> BaseException:
        """Start the stage and wait until it fails; returns why."""
        context = self._context
        try:
            partitions = len(await context.log.offsets(EVENTS))
            if not partitions:
                raise StoreRejected(
                    f"There is no topic {EVENTS}. Make the topics first: `stacktide migrate`."
                )
        except StoreError as error:
            return error
        config = StageConfig(
            settings=context.settings,
            group=f"stacktide-{self.stage}",
            broker=context.broker,
            partitions=partitions,
            log=context.log,
            on_rebalance=self._notes.note,
            stores=Stores(
                context.events,
                context.archive,
                context.search_sink,
                context.artifacts,
                context.operational,
            ),
        )
        app = create_app(config, {self.stage})
        app.failure = asyncio.get_running_loop().create_future()
        try:
            await app.start()
            ready: asyncio.Future[Any] = asyncio.ensure_future(_wait_ready(app))
            failed: asyncio.Future[Any] = app.failure
            await asyncio.wait({ready, failed}, return_when=asyncio.FIRST_COMPLETED)
            ready.cancel()
            if not app.failure.done():
                self.error = ""
                self.ready.set()
            return await app.failure
        except Exception as error:
            return error
        finally:
            self.ready.clear()
            await app.stop()


async def _wait_ready(app: StageApp) -> None:
    """Until the partitions are assigned and the tables recovered."""
    while not app.is_settled:
        await asyncio.sleep(0.02)
