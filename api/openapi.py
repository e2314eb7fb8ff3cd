"""The OpenAPI document (3.1) of the API, out of its routes: their Structs, their parameters, their docstrings."""

import re
from collections.abc import Sequence
from importlib.metadata import version
from inspect import getdoc
from typing import Any

from api.auth import COOKIE, CSRF_HEADER
from api.declarations import Parameter
from api.errors import ErrorAnswer
from api.route import Route
from schemas.accounts import ARTIFACTS
from schemas.catalogue import schemas_of

Document = dict[str, Any]

_REFERENCE = "#/components/schemas/{name}"
_HEX_ID = "^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$"

#: The parts of paths: what they are, and their schemas.
PATH_PARTS: dict[str, tuple[str, Document]] = {
    "project": ("A project's id or slug.", {"type": "string", "examples": ["1"]}),
    "organisation": ("An organisation's id or slug.", {"type": "string", "examples": ["1"]}),
    "issue": ("An issue's id.", {"type": "string", "pattern": _HEX_ID}),
    "event_id": ("An event's id.", {"type": "string", "pattern": _HEX_ID}),
    "other": ("Another event's id.", {"type": "string", "pattern": _HEX_ID}),
    "version": ("A release's version.", {"type": "string", "minLength": 1}),
    "topic": ("A topic's name.", {"type": "string", "examples": ["events-received"]}),
    "alert": ("An alert's id.", {"type": "string", "pattern": "^[0-9a-f]{32}$"}),
    "erasure": ("The id of a request to erase.", {"type": "string", "pattern": "^[0-9]{1,9}$"}),
    "maintenance": ("The id of a maintenance window.", {"type": "string", "pattern": "^[0-9]{1,9}$"}),
    **{
        name: (f"The id of a {name}.", {"type": "string", "pattern": "^[0-9]{1,9}$"})
        for name in ("key", "member", "invitation", "team", "token", "rule", "channel")
    },
}

_REFUSALS = {
    400: "A parameter or the body cannot be used; `detail.parameter` names the parameter, `detail.position` the character.",
    401: "Nobody has logged in, or the token is unknown or was revoked.",
    403: "The scope is missing, or the session's CSRF token.",
    404: "It is not there, or the caller may not see it.",
    409: "It does not fit what is there already.",
    413: "The body is too large.",
    429: "There were too many attempts; `Retry-After` says when to try again.",
    500: "A fault of the server.",
    501: "This server is not configured for it.",
    503: "A store could not answer in time; `Retry-After` says when to try again.",
}


def openapi(routes: Sequence[Route], edge: Document) -> Document:
    """The document. ``edge`` are the paths of the edge, which are not routes of the API."""
    types = [kind for route in routes for kind in (route.takes, route.gives) if kind not in (None, bytes)]
    schema_of, components = schemas_of({id(kind): kind for kind in [ErrorAnswer, *types]}, _REFERENCE)
    paths: Document = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Stacktide",
            "version": version("stacktide"),
            "description": "Lists are paged by cursors and bounded by time; ids are strings, times ISO 8601 in UTC.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths | edge,
        "components": {
            "schemas": components,
            "responses": {
                str(status): _answer(text, schema_of[id(ErrorAnswer)]) for status, text in _REFUSALS.items()
            },
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "An API token."},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
                "key": {"type": "http", "scheme": "bearer", "description": "A project's public key."},
            },
        },
    }


def _operation(route: Route, schema_of: dict[int, Document]) -> Document:
    summary, _, description = (getdoc(route.handler) or "").partition("\n")
    operation: Document = {
        "operationId": route.handler.__name__,
        "summary": summary.rstrip("."),
        "tags": [route.handler.__module__.rpartition(".")[2]],
        "security": _security(route),
        "responses": _responses(route, schema_of),
    }
    if description.strip():
        operation["description"] = description.strip()
    if parameters := [*_path_parts(route.path), *map(_parameter, route.query)]:
        operation["parameters"] = parameters
    if route.takes is bytes:
        content: Document = {route.accepts: {}}
        operation["requestBody"] = {"required": True, "content": content}
    elif route.takes is not None:
        content = {"application/json": {"schema": schema_of[id(route.takes)]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _security(route: Route) -> list[Document]:
    if route.scope is None:
        return []
    if route.method == "GET":
        return [{"token": [route.scope]}, {"session": [route.scope]}]
    return [{"token": [route.scope]}, {"session": [route.scope], "csrf": []}]


def _responses(route: Route, schema_of: dict[int, Document]) -> Document:
    responses: Document = {}
    for status in route.answers or (200 if route.gives is not None else 204,):
        if status == 204 or route.gives is None:
            responses[str(status)] = {"description": "Done." if status == 204 else "To another page."}
        else:
            responses[str(status)] = _answer("What was asked for.", schema_of[id(route.gives)], route.media)
    for status in _refusals(route):
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    return responses


def _refusals(route: Route) -> list[int]:
    possible = {
        400: route.query or route.takes,
        401: True,
        403: True,
        404: "{" in route.path or route.takes or route.scope is None,
        409: route.method != "GET",
        413: route.takes,
        429: route.scope is None and route.takes,
        500: True,
        501: route.scope == ARTIFACTS or route.path.endswith("/artifacts"),
        503: True,
    }
    return [status for status, may_be in possible.items() if may_be]


def _answer(description: str, schema: Document, media: Sequence[str] = ("application/json",)) -> Document:
    content = {kind: {"schema": schema} if kind == "application/json" else {} for kind in media}
    return {"description": description, "content": content}


def _path_parts(path: str) -> list[Document]:
    parts = []
    for name in re.findall(r"\{(\w+)", path):
        description, schema = PATH_PARTS[name]
        parts.append(
            {"name": name, "in": "path", "required": True, "description": description, "schema": schema}
        )
    return parts


def _parameter(parameter: Parameter) -> Document:
    document: Document = {
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "schema": parameter.schema,
    }
    if parameter.required:
        document["required"] = True
    if parameter.schema.get("type") == "array":
        document |= {"style": "form", "explode": not parameter.separated}
    return document
