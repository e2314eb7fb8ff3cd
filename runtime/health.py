"""``/healthz``, ``/readyz`` and ``/metrics``. Alive means progress: offsets move, or there is nothing to do."""

from typing import TYPE_CHECKING

import msgspec
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

import metrics
from runtime.lag import LagMonitor

if TYPE_CHECKING:
    from runtime.stages import StageRunner

#: Seconds for which an agent with work to do may stand still.
STUCK_AFTER = 120.0


def add_health_routes(app: web.Application, stages: "list[StageRunner]", lag: LagMonitor) -> None:
    """Add the three routes."""

    async def healthz(_request: web.Request) -> web.Response:
        stuck = [agent for agent in lag.agents if agent.stuck > STUCK_AFTER]
        detail = {
            agent.agent: f"{agent.lag} records wait, none done for {agent.stuck:.0f} s" for agent in stuck
        }
        return _answer(not stuck, "stuck", detail)

    async def readyz(_request: web.Request) -> web.Response:
        waiting = {stage.stage: stage.error or "starting" for stage in stages if not stage.ready.is_set()}
        return _answer(not waiting, "not_ready", waiting)

    async def show_metrics(_request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(metrics.REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", show_metrics)


def _answer(well: bool, otherwise: str, detail: dict[str, str]) -> web.Response:
    body = msgspec.json.encode({"status": "ok" if well else otherwise, "detail": detail})
    return web.Response(body=body, status=200 if well else 503, content_type="application/json")
