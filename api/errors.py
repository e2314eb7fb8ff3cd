"""What the API refuses, in one shape: ``{"error": {"code", "message", "detail"}}``."""

from typing import Any

import msgspec
from aiohttp import web


class ErrorBody(msgspec.Struct, frozen=True):
    """What is wrong: ``code`` for programs, ``message`` with what to do about it, ``detail`` as the code says."""

    code: str
    message: str
    detail: dict[str, Any] | None


class ErrorAnswer(msgspec.Struct, frozen=True):
    """The answer to what is refused."""

    error: ErrorBody


class ApiError(Exception):
    """An answer that is not 200. ``message`` says what is wrong and what to do; ``detail`` is for programs."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        detail: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.detail = detail
        self.headers = headers

    def response(self) -> web.Response:
        """As an HTTP response."""
        body = ErrorAnswer(ErrorBody(self.code, self.message, self.detail))
        return web.Response(
            status=self.status,
            body=msgspec.json.encode(body),
            content_type="application/json",
            headers=self.headers,
        )


def bad_parameter(name: str, value: str, takes: str) -> ApiError:
    """400 for a parameter of the URL: which one, what it was, and what it takes."""
    shown = value if len(value) <= 100 else value[:100] + "…"
    return ApiError(
        400, "bad_parameter", f"Parameter {name!r} is {shown!r}, but takes {takes}.", {"parameter": name}
    )


def not_found(what: str) -> ApiError:
    """404; also for what the token may not see, so that nothing is learnt from the difference."""
    return ApiError(404, "not_found", f"There is no {what}, or this token may not see it.")
