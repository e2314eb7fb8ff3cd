"""A route of the API: what it takes, who may use it, and what answers."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from api.call import Call
from schemas.accounts import READ

Handler = Callable[[Call], Awaitable[Any]]


class Route(NamedTuple):
    """A method of a path.

    ``scope`` is what the caller must have, None where anybody may ask; ``takes`` is the type of the body, where there is
    one, and ``gives`` what the handler returns, where that is not a ``web.Response``. ``changes``: whether a method other than
    GET changes anything, so that it goes into the audit log. The handler's docstring says what it does.
    """

    method: str
    path: str
    handler: Handler
    scope: str | None = READ
    takes: Any = None
    gives: Any = None
    changes: bool = True
