"""Why the edge refuses a request. Each error is answered in one JSON form (``responses.py``).

``EdgeError``
├── ``Malformed`` 400           the bytes do not have the form that the protocol asks for
├── ``Unauthorised`` 401        no key, or one that is not known
├── ``Forbidden`` 403           the key belongs to another project
├── ``MethodNotAllowed`` 405
├── ``Incomplete`` 400          the connection ended before the body did
├── ``TooSlow`` 408             the body did not arrive in time
├── ``TooLarge`` 413
├── ``UnsupportedMedia`` 415    an encoding or content type that the edge does not read
├── ``RateLimited`` 429
└── ``Overloaded`` 503          the edge, its log or its store has no room just now
"""

from typing import Any


class EdgeError(Exception):
    """A request that is refused.

    ``code`` is short and snake_case, and stands as the reason in the outcome; ``message`` says what happened
    and what to do; ``detail`` holds its numbers. ``outcome`` is what becomes of the refused events, None
    where nothing is recorded because the client is to try again. ``quantity`` is the number of events
    refused.
    """

    status = 500
    outcome: str | None = "invalid"

    def __init__(
        self, code: str, message: str, detail: dict[str, Any] | None = None, *, quantity: int = 1
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail
        self.quantity = quantity

    @property
    def headers(self) -> dict[str, str]:
        """Headers that this answer has beyond those of every answer."""
        return {}

    def as_json(self) -> dict[str, Any]:
        """The value of ``error`` in the answer."""
        return {"code": self.code, "message": self.message, "detail": self.detail}


class Malformed(EdgeError):
    """The bytes do not have the form that the protocol asks for."""

    status = 400


class Unauthorised(EdgeError):
    """There is no key, or it is not known."""

    status = 401

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9110 asks for a challenge. Not Basic: browsers would put up a dialogue."""
        return {"WWW-Authenticate": 'Bearer realm="stacktide"'}


class Forbidden(EdgeError):
    """The key belongs to another project."""

    status = 403


class MethodNotAllowed(EdgeError):
    """Only POST and OPTIONS are."""

    status = 405
    outcome = None

    @property
    def headers(self) -> dict[str, str]:
        """What is allowed instead."""
        return {"Allow": "POST, OPTIONS"}


class Incomplete(EdgeError):
    """The connection ended before the body did; hardly anybody reads the answer."""

    status = 400
    outcome = None


class TooSlow(EdgeError):
    """The body did not arrive in time."""

    status = 408
    outcome = None


class TooLarge(EdgeError):
    """The request, or an event in it, is too large."""

    status = 413


class UnsupportedMedia(EdgeError):
    """An encoding or content type that the edge does not read."""

    status = 415


class RateLimited(EdgeError):
    """Too many events in a short time. ``retry_after`` is in whole seconds; ``scope`` is ``key`` or
    ``project``.
    """

    status = 429
    outcome = "rate_limited"

    def __init__(self, code: str, message: str, *, retry_after: int, scope: str, quantity: int) -> None:
        super().__init__(code, message, {"retry_after": retry_after, "scope": scope}, quantity=quantity)
        self.retry_after = retry_after
        self.scope = scope

    @property
    def headers(self) -> dict[str, str]:
        """How long to wait, in HTTP's words and in Sentry's (``seconds:categories:scope:reason``)."""
        limits = f"{self.retry_after}:error;default;security:{self.scope}:{self.code}"
        return {"Retry-After": str(self.retry_after), "X-Sentry-Rate-Limits": limits}


class Overloaded(EdgeError):
    """There is no room for the request just now."""

    status = 503
    outcome = None
    retry_after = 5

    @property
    def headers(self) -> dict[str, str]:
        """When to try again, in seconds."""
        return {"Retry-After": str(self.retry_after)}
