"""The edge's routes, and what stands around each of them: preflights, refusals, metrics."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from ingest.body import Body
from ingest.edge import Call, Edge
from ingest.errors import EdgeError, MethodNotAllowed, Overloaded
from ingest.native import take_events
from ingest.responses import preflight, refused
from ingest.security import take_report
from ingest.sentry import take_envelope, take_store
from metrics import REQUEST_SECONDS, REQUESTS
from stores.errors import StoreUnavailable

__all__ = ["RUNNER_OPTIONS", "Edge", "add_edge_routes"]

_server_log = logging.getLogger("ingest.server")

RUNNER_OPTIONS: dict[str, Any] = {"auto_decompress": False, "access_log": None, "logger": _server_log}
"""What ``web.AppRunner`` must be given: aiohttp would otherwise decompress bodies itself, without the edge's bounds."""

Take = Callable[[Call], Awaitable[web.Response]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = structlog.get_logger(__name__)


def add_edge_routes(app: web.Application, edge: Edge) -> None:
    """Add the edge to an application. It must be run with ``RUNNER_OPTIONS``, and the log closed after the
    application.
    """
    takes: list[tuple[str, str, Take]] = [
        ("/api/{project}/envelope", "envelope", take_envelope),
        ("/api/v1/events", "v1", take_events),
        ("/api/{project}/store", "store", take_store),
        ("/api/{project}/security", "security", take_report),
        ("/api/{project}/csp-report", "security", take_report),
    ]
    for path, protocol, take in takes:
        handler = _handler(edge, protocol, take)
        # The router tries routes in this order, so the busiest come first. All methods, because its own
        # refusal of the others would not be JSON.
        app.router.add_route("*", path + "/", handler)
        app.router.add_route("*", path, handler)
    app.cleanup_ctx.append(_recording(edge))


def _recording(edge: Edge) -> Callable[[web.Application], AsyncIterator[None]]:
    async def recording(app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(edge.outcomes.run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await edge.outcomes.flush()

    return recording


def _handler(edge: Edge, protocol: str, take: Take) -> Handler:
    seconds = REQUEST_SECONDS.labels(protocol)
    counts = {status: REQUESTS.labels(protocol, str(status)) for status in (200, 202)}

    async def handle(request: web.Request) -> web.StreamResponse:
        started = time.perf_counter()
        with Body(edge.memory, edge.settings) as body:
            response = await _answer(Call(edge, request, protocol, body), take)
        seconds.observe(time.perf_counter() - started)
        count = counts.get(response.status) or REQUESTS.labels(protocol, str(response.status))
        count.inc()
        return response

    return handle


async def _answer(call: Call, take: Take) -> web.Response:
    method = call.request.method
    try:
        if method == "OPTIONS":
            return preflight()
        if method != "POST":
            raise MethodNotAllowed(
                "method_not_allowed", f"{method} is not allowed here. Send events by POST."
            )
        return await take(call)
    except EdgeError as error:
        call.refuse_event(error)
        return refused(error)
    except StoreUnavailable as error:
        log.warning("request refused, a store is unavailable", protocol=call.protocol, error=str(error))
        return refused(
            Overloaded("unavailable", "The event could not be stored just now. Send it again later.")
        )
    except Exception:
        log.exception("request failed", protocol=call.protocol)
        failure = EdgeError(
            "internal_error", "The edge failed on this request; its log has the traceback. Please report it."
        )
        call.refuse_event(failure)
        return refused(failure)


def _is_worth_logging(record: logging.LogRecord) -> bool:
    # aiohttp logs a traceback for whatever is not HTTP. Anybody can send that, and the answer says what is wrong with it.
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


_server_log.addFilter(_is_worth_logging)
