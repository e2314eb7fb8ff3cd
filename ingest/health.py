"""``/healthz``, ``/readyz`` and ``/metrics`` of the edge in a cluster. Any of its processes may be the one that answers."""

import os

import msgspec
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

import metrics
from ingest.processes import METRICS_FOLDER
from ingest.spooling import SpoolingLog


def add_edge_health_routes(app: web.Application, log: SpoolingLog) -> None:
    """Add the three routes. Ready means that an event would be taken; the metrics are those of all processes together."""

    async def healthz(_request: web.Request) -> web.Response:
        return _answer(True, log)

    async def readyz(_request: web.Request) -> web.Response:
        return _answer(log.can_take, log)

    async def show_metrics(_request: web.Request) -> web.Response:
        return web.Response(body=_exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", show_metrics)


def _answer(well: bool, log: SpoolingLog) -> web.Response:
    state = "ok" if well else "spool_full"
    detail = {"log": "away" if log.is_away else "there", "spooled": log.waiting}
    body = msgspec.json.encode({"status": state, "detail": detail})
    return web.Response(body=body, status=200 if well else 503, content_type="application/json")


def _exposition() -> bytes:
    if METRICS_FOLDER not in os.environ:
        return generate_latest(metrics.REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
