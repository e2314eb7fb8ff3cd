"""GraphQL: the API's data as a graph. docs/graphql.md describes it."""

import asyncio
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any

import msgspec
import structlog

from api.call import Call
from api.errors import ApiError
from api.route import Route
from stores.errors import StoreUnavailable

log = structlog.get_logger(__name__)

#: Brackets within one another, above which a query is not even parsed: the parser takes a piece of the stack for each.
MAX_NESTING = 40


class GraphqlRequest(msgspec.Struct, frozen=True, rename="camel"):
    """A query or a mutation, with its variables."""

    query: Annotated[str, msgspec.Meta(max_length=20_000)]
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


class GraphqlError(msgspec.Struct, frozen=True):
    """What is wrong, where in the query and where in the answer. ``extensions`` has the ``code`` that the REST routes give for
    it, with their ``detail``."""

    message: str
    locations: list[dict[str, int]] | None
    path: list[str | int] | None
    extensions: dict[str, Any]


class GraphqlAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The data, null where there is none, and what went wrong."""

    data: Any
    errors: list[GraphqlError] = []


async def run_graphql(call: Call) -> GraphqlAnswer:
    """Run a GraphQL query or mutation."""
    wanted = await call.body(GraphqlRequest)
    if _nesting(wanted.query) > MAX_NESTING:
        message = f"The query has more than {MAX_NESTING} brackets within one another."
        return GraphqlAnswer(None, [GraphqlError(message, None, None, {"code": "bad_query"})])
    graph = await asyncio.to_thread(_graph)
    result = await graph.execute(wanted.query, wanted.variables, wanted.operation_name, call)
    return GraphqlAnswer(result.data, [_error(error) for error in result.errors or []])


def _graph() -> ModuleType:
    """The graph. It is made at the first query, since few ask, of the routes, of which this module has one."""
    return import_module("api.graphql.schema")


def _nesting(query: str) -> int:
    deepest = depth = 0
    for character in query:
        if character in "{[(":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "}])":
            depth -= 1
    return deepest


def _error(error: Any) -> GraphqlError:
    locations = [{"line": place.line, "column": place.column} for place in error.locations or []]
    message, extensions = _reason(error)
    return GraphqlError(message, locations or None, error.path, extensions)


def _reason(error: Any) -> tuple[str, dict[str, Any]]:
    original = error.original_error
    if original is None:
        return error.message, {"code": "bad_query"}
    if isinstance(original, ApiError):
        return original.message, {"code": original.code, "detail": original.detail}
    if isinstance(original, StoreUnavailable):
        log.warning("a store could not answer a query", error=str(original))
        return "A store could not answer in time. Try again, or ask for less.", {"code": "unavailable"}
    log.error("a query failed", exc_info=original)
    return "This is a fault of the server, and is in its log.", {"code": "internal"}


ROUTES = (Route("POST", "/graphql", run_graphql, takes=GraphqlRequest, gives=GraphqlAnswer, changes=False),)
