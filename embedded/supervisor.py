"""Everything in one process: opens the log and the stores, serves the edge and the API, and runs every stage."""

import asyncio
from typing import Any

from aiohttp import web

from api.app import Api, add_api_routes
from embedded.context import open_context
from embedded.folder import socket_path
from embedded.socket import serve_operations
from ingest.app import RUNNER_OPTIONS, Edge, add_edge_routes
from runtime.context import Context
from runtime.dashboard import Dashboard
from runtime.fallback import add_fallback_routes
from runtime.health import add_health_routes
from runtime.lag import LagMonitor
from runtime.notifications import run_notifications
from runtime.outbox import run_outbox
from runtime.privacy.run import run_privacy
from runtime.retention import run_retention
from runtime.stages import StageRunner
from settings import Settings
from stores.operational.bootstrap import Bootstrap, bootstrap


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
        self.stages = [StageRunner(context, stage) for stage in context.stages]
        lag = LagMonitor(context)
        await self._serve(context, lag)
        self._spawn(lag.run())
        self._spawn(run_retention(context))
        self._spawn(run_outbox(context))
        self._spawn(run_privacy(context))
        self._spawn(run_notifications(context))
        for stage in self.stages:
            self._spawn(stage.run())
        await asyncio.gather(*(stage.ready.wait() for stage in self.stages))

    async def _serve(self, context: Context, lag: LagMonitor) -> None:
        settings = self.settings
        app = web.Application()
        edge = Edge(settings=settings, log=context.log, store=context.operational)
        add_edge_routes(app, edge)
        add_api_routes(app, Api.of(context))
        add_health_routes(app, self.stages, lag)
        add_fallback_routes(app, Dashboard.load())
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
