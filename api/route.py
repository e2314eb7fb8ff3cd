"""A route of the API: what it takes, who may use it, and what answers."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from api.call import Call
from api.declarations import Parameter
from schemas.accounts import READ

Handler = Callable[[Call], Awaitable[Any]]


class Route(NamedTuple):
    """A method of a path.

    ``scope`` is what the caller must have, None where anybody may ask; ``takes`` is the type of the body, where there is
    one (``bytes`` for a file, whose media type is ``accepts``), and ``gives`` that of the answer, None where it has no body.
    ``changes``: whether a method other than GET changes anything, so that it goes into the audit log. ``query`` are the
    parameters of the URL: the handler sees no others. ``answers`` are the statuses of its answers, by default 200, or 204
    without a body; ``media`` the types of its body. The handler's docstring says what it does. All of it is in the OpenAPI
    document.
    """

    method: str
    path: str
    handler: Handler
    scope: str | None = READ
    takes: Any = None
    gives: Any = None
    changes: bool = True
    query: tuple[Parameter, ...] = ()
    accepts: str = "application/octet-stream"
    answers: tuple[int, ...] = ()
    media: tuple[str, ...] = ("application/json",)
