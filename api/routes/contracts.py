"""The contracts, as documents for programs."""

from typing import Any

from api.asyncapi import asyncapi
from api.call import Call
from api.route import Route


async def show_asyncapi(_call: Call) -> dict[str, Any]:
    """The AsyncAPI document of the topics."""
    return asyncapi()


ROUTES = (Route("GET", "/asyncapi.json", show_asyncapi, scope=None),)
