"""The edge of a cluster: one process of it, put together from its parts."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from typing import Any, NamedTuple

import structlog
import uvloop
from aiohttp import web

from ingest.app import RUNNER_OPTIONS, add_edge_routes
from ingest.edge import Edge
from ingest.health import add_edge_health_routes
from ingest.processes import Place, own_command, run_processes
from ingest.spool import Spool, adopt
from ingest.spooling import SpoolingLog
from runtime.fallback import add_fallback_routes
from runtime.garbage import calm_garbage_collector
from runtime.signals import stop_signal
from settings import Settings
from stores.keys import SharedKeys
from stores.limits import EDGE_TIMEOUT, open_limits
from stores.ports import LogWriter, OperationalStore

_SHUTDOWN_SECONDS = 10.0

log = structlog.get_logger(__name__)


class EdgeParts(NamedTuple):
    """What the edge writes to and looks keys up in. Neither need be reachable yet."""

    log: LogWriter
    store: OperationalStore


OpenParts = Callable[[Settings], AbstractAsyncContextManager[EdgeParts]]
"""Opens the parts for one process and closes them at the end."""


def run_edge(settings: Settings, open_parts: OpenParts, command: Sequence[str] | None = None) -> None:
    """Run the edge until SIGINT or SIGTERM, in this process or, by ``edge_processes``, in several.

    Those run ``command``, which is to come here again; this process's own unless given.

    Raises:
        OSError: the port is taken.
        LogLocked: another edge uses the data folder.
    """
    place = Place.of(os.environ)
    processes = settings.edge_processes or os.cpu_count() or 1
    if place is None and processes > 1:
        uvloop.run(run_processes(settings, processes, command or own_command()))
    else:
        uvloop.run(serve(settings, place or Place(0, 1, settings.port), open_parts))


async def serve(settings: Settings, place: Place, open_parts: OpenParts) -> None:
    """Serve until SIGINT, SIGTERM or the end of the parent process.

    Raises:
        OSError, LogLocked: as ``run_edge``.
    """
    stop = stop_signal()
    if place.processes > 1:
        _stop_with_parent(stop)
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(open_parts(settings))
        spooling = SpoolingLog(parts.log, await _open_spools(settings, place))
        stack.push_async_callback(spooling.close)
        edge = await _make_edge(settings, parts, spooling, stack)
        _run(spooling.run(), stack)
        app = web.Application()
        add_edge_routes(app, edge)
        add_edge_health_routes(app, spooling)
        add_fallback_routes(app)
        runner = web.AppRunner(
            app, handle_signals=False, shutdown_timeout=_SHUTDOWN_SECONDS, **RUNNER_OPTIONS
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        reuse_port = place.processes > 1 or None
        site = web.TCPSite(runner, settings.host, place.port, backlog=1024, reuse_port=reuse_port)
        await site.start()
        calm_garbage_collector()
        log.info("edge_ready", host=settings.host, port=runner.addresses[0][1], process=place.number)
        await stop.wait()
        log.info("edge_stopping", process=place.number, spooled=spooling.waiting)


async def _open_spools(settings: Settings, place: Place) -> list[Spool]:
    folder = settings.data.resolve() / "spool"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    own = await Spool.open(folder / str(place.number), settings.spool_bytes)
    adopted = await adopt(folder, place.processes, settings.spool_bytes) if place.number == 0 else []
    return [own, *adopted]


async def _make_edge(
    settings: Settings, parts: EdgeParts, spooling: SpoolingLog, stack: AsyncExitStack
) -> Edge:
    if not settings.redis_url:
        return Edge(settings, spooling, parts.store)
    for_keys = SharedKeys.client(settings.redis_url)
    stack.push_async_callback(for_keys.close)
    await for_keys.connect()
    shared = SharedKeys(for_keys)
    limits = await stack.enter_async_context(open_limits(settings.redis_url, EDGE_TIMEOUT))
    edge = Edge(settings, spooling, parts.store, limits=limits, shared_keys=shared)
    _run(shared.listen(edge.keys.expire), stack)
    return edge


def _run(coroutine: Coroutine[Any, Any, None], stack: AsyncExitStack) -> None:
    """Run beside the rest until the stack is unwound."""
    task = asyncio.create_task(coroutine)

    async def end() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(end)


def _stop_with_parent(stop: asyncio.Event) -> None:
    # Nothing is ever written there: what can be read is its end, that is, the parent's.
    loop, pipe = asyncio.get_running_loop(), sys.stdin.fileno()

    def parent_ended() -> None:
        loop.remove_reader(pipe)
        stop.set()

    loop.add_reader(pipe, parent_ended)
