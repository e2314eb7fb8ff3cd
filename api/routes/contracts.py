"""The contracts, as documents for programs."""

import asyncio
from functools import cache
from typing import Any

import msgspec
from aiohttp import web

from api.asyncapi import asyncapi
from api.call import Call
from api.openapi import openapi
from api.route import Route
from ingest.openapi import EDGE_PATHS


async def show_openapi(_call: Call) -> web.Response:
    """The OpenAPI document of all routes."""
    return web.Response(body=await asyncio.to_thread(_openapi), content_type="application/json")


@cache
def _openapi() -> bytes:
    # The list of all routes holds this module's too.
    from api.routes import ROUTES

    return msgspec.json.encode(openapi(ROUTES, EDGE_PATHS))


async def show_asyncapi(_call: Call) -> dict[str, Any]:
    """The AsyncAPI document of the topics."""
    return asyncapi()


ROUTES = (
    Route("GET", "/openapi.json", show_openapi, scope=None, gives=dict[str, Any]),
    Route("GET", "/asyncapi.json", show_asyncapi, scope=None, gives=dict[str, Any]),
)
