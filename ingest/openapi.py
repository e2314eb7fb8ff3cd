"""The edge's paths in the OpenAPI document. docs/edge.md and docs/protocol.md have the details."""

from typing import Any

_EVENT = {
    "type": "object",
    "description": "The fields of Sentry's event: docs/protocol.md.",
    "properties": {
        "event_id": {"type": "string"},
        "message": {"type": "string"},
        "level": {"type": "string"},
        "platform": {"type": "string"},
        "release": {"type": "string"},
        "environment": {"type": "string"},
        "exception": {"type": "object"},
    },
}
_ACCEPTED = {
    "type": "object",
    "required": ["accepted", "rejected"],
    "properties": {
        "accepted": {
            "type": "array",
            "items": {"type": "string"},
            "description": "The ids of the events taken.",
        },
        "rejected": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["index", "error"],
                "properties": {"index": {"type": "integer"}, "error": {"type": "object"}},
            },
        },
    },
}
_STORED = {"type": "object", "properties": {"id": {"type": "string"}}}


def _answer(description: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": schema or {"$ref": "#/components/schemas/ErrorAnswer"}}},
    }


_REFUSALS = {
    "400": _answer("The bytes do not have the form that the protocol asks for."),
    "401": _answer("There is no key, or it is not known."),
    "403": _answer("The key is another project's, or the project refuses the sender."),
    "408": _answer("The body did not arrive in time."),
    "413": _answer("An event or the body is too large."),
    "415": _answer("An encoding or a content type that is not read."),
    "429": _answer("A rate limit is reached: `Retry-After` and `X-Sentry-Rate-Limits` say until when."),
    "500": _answer("A fault of the server."),
    "503": _answer("There is no room just now: send it again after `Retry-After` seconds."),
}


def _operation(
    name: str, summary: str, bodies: dict[str, Any], answers: dict[str, Any], *parts: str
) -> dict[str, Any]:
    return {
        "post": {
            "operationId": name,
            "summary": summary,
            "tags": ["edge"],
            "security": [{"key": []}] if not parts else [],
            "parameters": [
                {"name": part, "in": "path", "required": True, "schema": {"type": "string"}} for part in parts
            ],
            "requestBody": {"required": True, "content": bodies},
            "responses": answers | _REFUSALS,
        }
    }


#: By path, as in an OpenAPI document.
EDGE_PATHS: dict[str, Any] = {
    "/api/v1/events": _operation(
        "take_events",
        "Report errors: one event, an array of them, or NDJSON",
        {
            "application/json": {"schema": {"oneOf": [_EVENT, {"type": "array", "items": _EVENT}]}},
            "application/x-ndjson": {},
        },
        {"202": _answer("Those accepted are durable.", _ACCEPTED)},
    ),
    "/api/{project}/envelope/": _operation(
        "take_envelope",
        "Sentry's envelope; the key in its header, in X-Sentry-Auth or as sentry_key",
        {"application/x-sentry-envelope": {}},
        {"200": _answer("What was taken is durable.", _STORED)},
        "project",
    ),
    "/api/{project}/store/": _operation(
        "take_store",
        "Sentry's former way of sending one event",
        {"application/json": {"schema": _EVENT}},
        {"200": _answer("The event is durable.", _STORED)},
        "project",
    ),
    "/api/{project}/security/": _operation(
        "take_report",
        "A browser's report of a violated policy; the key as sentry_key",
        {"application/csp-report": {}, "application/reports+json": {}, "application/json": {}},
        {"200": _answer("The report is durable.", _STORED)},
        "project",
    ),
}
