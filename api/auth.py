"""Who asks, and what they may see."""

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from aiohttp import web

from api.errors import ApiError, not_found
from stores.ports import OperationalStore, Project, Token

K = TypeVar("K")
V = TypeVar("V")

#: A token with one of these scopes has all.
ALL_SCOPES = frozenset({"*", "all"})
READ = "read"
WRITE = "write"

_MOST_REMEMBERED = 10_000
_LONGEST_SECRET = 200


class Remembered(Generic[K, V]):
    """Answers of a look-up, remembered for some seconds; None is remembered too, so that guessing costs nothing."""

    def __init__(
        self,
        find: Callable[[K], Awaitable[V]],
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find = find
        self._seconds = seconds
        self._clock = clock
        self._answers: dict[K, tuple[float, V]] = {}

    async def get(self, key: K, *, anew: bool = False) -> V:
        """The answer, looked up when it is not known or too old, or in any case ``anew``."""
        now = self._clock()
        known = self._answers.get(key)
        if known is not None and now < known[0] and not anew:
            return known[1]
        value = await self._find(key)
        if len(self._answers) >= _MOST_REMEMBERED:
            self._answers.clear()
        self._answers[key] = now + self._seconds, value
        return value


class Access:
    """Checks tokens and resolves projects. A revoked token is noticed after ``ttl`` seconds, a new project at once."""

    def __init__(self, store: OperationalStore, ttl: float) -> None:
        self._tokens: Remembered[str, Token | None] = Remembered(store.find_token, ttl)
        self._projects: Remembered[None, list[Project]] = Remembered(lambda _key: store.projects(), ttl)

    async def token(self, request: web.Request, scope: str) -> Token:
        """The token of a request.

        Raises:
            ApiError: 401 without a token or with an unknown one, 403 when it lacks the scope.
        """
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        secret = secret.strip()
        if kind.lower() != "bearer" or not secret:
            raise _unauthorised("Send an API token: 'Authorization: Bearer TOKEN'.")
        token = await self._tokens.get(secret) if len(secret) <= _LONGEST_SECRET else None
        if token is None:
            raise _unauthorised(
                "This API token is unknown or was revoked. 'stacktide token add' makes a new one."
            )
        if scope not in token.scopes and not token.scopes & ALL_SCOPES:
            raise ApiError(
                403, "missing_scope", f"This API token lacks the scope {scope!r}.", {"scope": scope}
            )
        return token

    async def projects(self, token: Token, *, anew: bool = True) -> list[Project]:
        """The projects that a token may see."""
        projects = await self._projects.get(None, anew=anew)
        if token.projects is None:
            return projects
        return [project for project in projects if project.id in token.projects]

    async def project(self, token: Token, name: str) -> Project:
        """The project of an id or a slug.

        Raises:
            ApiError: 404 when there is none, or the token may not see it.
        """
        for anew in (False, True):
            for project in await self.projects(token, anew=anew):
                if name in (str(project.id), project.slug):
                    return project
        raise not_found(f"project {name!r}")


def _unauthorised(message: str) -> ApiError:
    return ApiError(401, "unauthorised", message, headers={"WWW-Authenticate": "Bearer"})
