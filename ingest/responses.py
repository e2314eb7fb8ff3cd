"""Answers of the edge: JSON always, readable by scripts of any origin."""

from typing import Any

import msgspec
from aiohttp import web
from multidict import CIMultiDict

from ingest.errors import EdgeError

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "X-Sentry-Error, X-Sentry-Rate-Limits, Retry-After",
}
_JSON = CIMultiDict({**_CORS, "Content-Type": "application/json"})
_PREFLIGHT = CIMultiDict(
    {
        **_CORS,
        "Allow": "POST, OPTIONS",
        "Access-Control-Allow-Methods": "POST, OPTIONS",
        "Access-Control-Allow-Headers": (
            "X-Sentry-Auth, X-Stacktide-Key, X-Requested-With, X-Forwarded-For, Origin, Referer, Accept, Content-Type, "
            "Authentication, Authorization, Content-Encoding, Transfer-Encoding, sentry-trace, baggage"
        ),
        "Access-Control-Max-Age": "3600",
    }
)


def answered(status: int, value: Any, rate_limits: str = "") -> web.Response:
    """A JSON answer, with ``X-Sentry-Rate-Limits`` where it is given."""
    response = web.Response(status=status, body=msgspec.json.encode(value), headers=_JSON)
    if rate_limits:
        response.headers["X-Sentry-Rate-Limits"] = rate_limits
    return response


def preflight() -> web.Response:
    """The answer to OPTIONS: any origin may post, with the headers that SDKs use."""
    return web.Response(status=204, headers=_PREFLIGHT)


def refused(error: EdgeError) -> web.Response:
    """The answer to a request that is refused: ``{"error": {"code", "message", "detail"}}``, and the message
    as a header as well, where Sentry's SDKs look for it.
    """
    response = answered(error.status, {"error": error.as_json()})
    response.headers["X-Sentry-Error"] = _header_text(error.message)
    response.headers.update(error.headers)
    return response


def _header_text(text: str) -> str:
    return "".join(character if " " <= character <= "~" else "?" for character in text)[:500]
