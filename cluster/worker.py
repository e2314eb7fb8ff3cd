"""``stacktide worker``: runs stages as a member of their consumer groups, until it is asked to stop."""

import asyncio
import os
from typing import Any

import structlog
from aiohttp import web

from cluster.context import open_context
from runtime.garbage import calm_garbage_collector
from runtime.health import add_health_routes
from runtime.lag import LagMonitor
from runtime.notifications import run_notifications
from runtime.retention import run_retention
from runtime.signals import stop_signal
from runtime.stages import StageRunner
from settings import Settings

log = structlog.get_logger(__name__)

#: How long stages may take to stop, in seconds.
_STOP_TIMEOUT = 20.0


async def run_worker(settings: Settings, stages: tuple[str, ...]) -> None:
    """Run until SIGINT or SIGTERM. What was not finished is done by another worker, or after the next start.

    Raises:
        SettingError: what a stage needs is not set.
        OSError: the port of health and metrics is taken.
    """
    calm_garbage_collector()
    stop = stop_signal()
    context = open_context(settings, stages, "stacktide-worker")
    runners = [StageRunner(context, stage) for stage in stages]
    lag = LagMonitor(context)
    site = await _serve_health(settings, runners, lag)
    work: list[Any] = [lag.run(), run_retention(context), *(runner.run() for runner in runners)]
    if "notify" in stages:
        work.append(run_notifications(context))
    tasks = [asyncio.ensure_future(task) for task in work]
    try:
        await asyncio.wait(
            [asyncio.ensure_future(_tell_ready(runners)), asyncio.ensure_future(stop.wait())],
            return_when=asyncio.FIRST_COMPLETED,
        )
        calm_garbage_collector()
        await stop.wait()
        log.info("worker_stops", stages=stages)
    finally:
        for task in tasks:
            task.cancel()
        _, late = await asyncio.wait(tasks, timeout=_STOP_TIMEOUT)
        if late:
            # Kafka's client waits for a rebalance that has begun, and that for whoever is held up. Nothing is lost: what was
            # not acknowledged is another worker's.
            log.warning("worker_ends_at_once", reason=f"a stage did not stop within {_STOP_TIMEOUT:g} s")
            os._exit(0)
        await site.cleanup()
        await context.close()


async def _tell_ready(runners: list[StageRunner]) -> None:
    await asyncio.gather(*(runner.ready.wait() for runner in runners))
    log.info("worker_ready", stages=[runner.stage for runner in runners])


async def _serve_health(settings: Settings, runners: list[StageRunner], lag: LagMonitor) -> web.AppRunner:
    app = web.Application()
    add_health_routes(app, runners, lag)
    site = web.AppRunner(app, handle_signals=False, access_log=None)
    await site.setup()
    await web.TCPSite(site, settings.host, settings.admin_port).start()
    log.info(
        "worker_starts",
        stages=[r.stage for r in runners],
        health=f"http://{settings.host}:{site.addresses[0][1]}",
    )
    return site
