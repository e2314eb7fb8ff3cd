"""``stacktide api``: the API on the cluster's stores, until it is asked to stop."""

import asyncio

import structlog
from aiohttp import web

from api.app import Api, add_api_routes
from cluster.context import open_context
from runtime.context import Context
from runtime.dashboard import Dashboard
from runtime.fallback import add_fallback_routes
from runtime.garbage import calm_garbage_collector
from runtime.health import add_health_routes
from runtime.lag import LagMonitor
from runtime.outbox import run_outbox
from runtime.privacy.run import run_privacy
from runtime.signals import stop_signal
from settings import Settings
from stores.limits import open_limits
from stores.ports import RateLimits

log = structlog.get_logger(__name__)

_LIMITS_TIMEOUT = 1.0
"""Seconds that a log-in waits at most for the count of attempts that all processes share."""


async def run_api(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM.

    Raises:
        SettingError: a store that the API needs is not set.
        OSError: the port is taken.
    """
    stop = stop_signal()
    context = open_context(settings, client_id="stacktide-api")
    async with open_limits(settings.redis_url, _LIMITS_TIMEOUT) as limits:
        await _serve(context, limits, stop)


async def _serve(context: Context, limits: RateLimits, stop: asyncio.Event) -> None:
    settings = context.settings
    app = web.Application()
    add_api_routes(app, Api.of(context, limits))
    add_health_routes(app, [], LagMonitor(context))
    add_fallback_routes(app, Dashboard.load())
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=5, access_log=None)
    await runner.setup()
    work = [asyncio.ensure_future(task) for task in (run_outbox(context), run_privacy(context))]
    try:
        await web.TCPSite(runner, settings.host, settings.port, backlog=1024).start()
        log.info("api_ready", address=f"http://{settings.host}:{runner.addresses[0][1]}")
        calm_garbage_collector()
        await stop.wait()
    finally:
        await runner.cleanup()
        for task in work:
            task.cancel()
        await asyncio.wait(work)
        await context.close()
