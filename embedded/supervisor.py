"""Everything in one process: opens the log and the stores, serves the edge and the API, and runs every stage.

A stage that fails is stopped and begins again from its committed offsets, after a pause that grows with each failure; the
others go on meanwhile.
"""

import asyncio
import time
from typing import Any

import structlog
from aiohttp import web

import metrics
from agents.guard import StageHalted
from agents.stage import StageApp, StageConfig, Stores
from api.app import Api, add_api_routes
from embedded.context import Context, open_context
from embedded.fallback import add_fallback_routes
from embedded.health import add_health_routes
from embedded.lag import LagMonitor
from embedded.operation import socket_path
from embedded.retention import run_retention
from embedded.socket import serve_operations
from faust_app import STAGES, create_app
from ingest.app import RUNNER_OPTIONS, Edge, add_edge_routes
from settings import Settings
from stores.operational.bootstrap import Bootstrap, bootstrap

log = structlog.get_logger(__name__)

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

    async def run(self) -> None:
        """Run until cancelled."""
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
        config = StageConfig(
            settings=context.settings,
            group=f"stacktide-{self.stage}",
            broker=f"embedded://{context.log_path}",
            stores=Stores(context.events, context.archive),
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
    tables: Any = app.tables
    while not (app.consumer_generation_id and tables.actives_ready and not app.rebalancing):
        await asyncio.sleep(0.02)


class Embedded:
    """The whole of Stacktide in one process. ``port`` and ``bootstrap`` are known once it has started."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.port = settings.port
        self.bootstrap: Bootstrap | None = None
        self.stages: list[StageRunner] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._runners: list[web.AppRunner] = []
        self._context: Context | None = None

    async def start(self) -> None:
        """Open everything and return when every stage is ready.

        Raises:
            LogLocked: another process uses the folder.
            OSError: the port is taken.
        """
        context = self._context = await open_context(self.settings)
        self.bootstrap = await bootstrap(context.operational, self.settings)
        self.stages = [StageRunner(context, stage) for stage in STAGES]
        lag = LagMonitor(context)
        await self._serve(context, lag)
        self._spawn(lag.run())
        self._spawn(run_retention(context))
        for stage in self.stages:
            self._spawn(stage.run())
        await asyncio.gather(*(stage.ready.wait() for stage in self.stages))

    async def _serve(self, context: Context, lag: LagMonitor) -> None:
        settings = self.settings
        app = web.Application()
        edge = Edge(settings=settings, log=context.log, store=context.operational)
        add_edge_routes(app, edge)
        add_api_routes(app, Api(settings, context.events, context.archive, context.operational, context.log))
        add_health_routes(app, self.stages, lag)
        add_fallback_routes(app)
        runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=5, **RUNNER_OPTIONS)
        await runner.setup()
        self._runners.append(runner)
        site = web.TCPSite(runner, settings.host, settings.port, backlog=1024)
        await site.start()
        self.port = runner.addresses[0][1]
        self._runners.append(await serve_operations(context, socket_path(settings.data)))

    def _spawn(self, coroutine: Any) -> None:
        self._tasks.append(asyncio.ensure_future(coroutine))

    async def stop(self) -> None:
        """Stop taking requests, then the stages, then close the stores. What was not finished is done after the next start."""
        for runner in reversed(self._runners):
            await runner.cleanup()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._context is not None:
            await self._context.close()
