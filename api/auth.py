"""Who asks, and what they may see."""

import time
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from hmac import compare_digest
from typing import Generic, NamedTuple, TypeVar

from aiohttp import web

from api.errors import ApiError, not_found
from schemas.accounts import ARTIFACTS, READ, SCOPES, WRITE
from stores.operational.users import LoggedIn
from stores.ports import OperationalStore, Project, Token

K = TypeVar("K")
V = TypeVar("V")

#: A token with one of these scopes has all.
ALL_SCOPES = frozenset({"*", "all"})
#: Holds the secret of a session.
COOKIE = "stacktide_session"
CSRF_HEADER = "X-CSRF-Token"

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

    def forget(self, key: K) -> None:
        """Look up a key anew when it is asked for next."""
        self._answers.pop(key, None)


class Grant(NamedTuple):
    """What somebody may do in an organisation (in every one where that is None): ``projects`` are the only ones that may be
    seen, where that is not None; ``hidden`` are not to be seen."""

    organisation: int | None
    scopes: frozenset[str]
    projects: frozenset[int] | None = None
    hidden: frozenset[int] = frozenset()

    def has(self, scope: str) -> bool:
        """Whether this grants a scope."""
        if scope in self.scopes or self.scopes & ALL_SCOPES:
            return True
        return scope == ARTIFACTS and WRITE in self.scopes

    def covers(self, project: Project) -> bool:
        """Whether this is about a project."""
        return (
            self.organisation in (None, project.organisation)
            and (self.projects is None or project.id in self.projects)
            and project.id not in self.hidden
        )


class Caller(NamedTuple):
    """Who asks: ``user`` is the id of a user who has logged in, None for a token."""

    name: str
    grants: tuple[Grant, ...]
    user: int | None = None

    def may(self, scope: str, project: Project | None = None) -> bool:
        """Whether the caller has a scope, for a project where one is given."""
        return any(grant.has(scope) for grant in self.grants if project is None or grant.covers(project))

    def may_in(self, scope: str, organisation: int) -> bool:
        """Whether the caller has a scope for all of an organisation."""
        return any(
            grant.has(scope) and grant.organisation in (None, organisation) and grant.projects is None
            for grant in self.grants
        )

    def sees(self, project: Project) -> bool:
        """Whether the caller may know of a project."""
        return any(grant.covers(project) for grant in self.grants)


#: Whoever has not said who that is.
STRANGER = Caller("somebody", ())


class Access:
    """Checks tokens and sessions, and resolves projects. What was revoked is noticed after ``ttl`` seconds, a new project at
    once."""

    def __init__(self, store: OperationalStore, ttl: float) -> None:
        self._tokens: Remembered[str, Token | None] = Remembered(store.find_token, ttl)
        self._sessions: Remembered[str, LoggedIn | None] = Remembered(store.users.find_session, ttl)
        self._projects: Remembered[None, list[Project]] = Remembered(lambda _key: store.projects(), ttl)

    async def caller(self, request: web.Request, scope: str) -> Caller:
        """Who sent a request.

        Raises:
            ApiError: 401 without a token or session, or with an unknown one; 403 without the scope, or when a request that
            changes something and has a session lacks the session's CSRF token.
        """
        caller = await self._known(request)
        if not caller.may(scope):
            raise missing_scope(scope)
        return caller

    async def session(self, request: web.Request) -> LoggedIn | None:
        """Whoever has logged in with the request's cookie."""
        secret = request.cookies.get(COOKIE, "")
        return await self._sessions.get(secret) if 0 < len(secret) <= _LONGEST_SECRET else None

    def forget_session(self, secret: str) -> None:
        """Ask for a session anew."""
        self._sessions.forget(secret)

    async def _known(self, request: web.Request) -> Caller:
        if "Authorization" in request.headers:
            return await self._token(request)
        logged_in = await self.session(request)
        if logged_in is None:
            raise _unauthorised("Log in, or send an API token: 'Authorization: Bearer TOKEN'.")
        if request.method not in ("GET", "HEAD"):
            check_csrf(request)
        grants = tuple(Grant(m.organisation, SCOPES[m.role], None, m.hidden) for m in logged_in.memberships)
        return Caller(logged_in.user.email, grants, logged_in.user.id)

    async def _token(self, request: web.Request) -> Caller:
        kind, _, secret = request.headers["Authorization"].partition(" ")
        secret = secret.strip()
        if kind.lower() != "bearer" or not secret:
            raise _unauthorised("Send an API token: 'Authorization: Bearer TOKEN'.")
        token = await self._tokens.get(secret) if len(secret) <= _LONGEST_SECRET else None
        if token is None:
            raise _unauthorised(
                "This API token is unknown or was revoked. 'stacktide token add' makes a new one."
            )
        return Caller(f"token {token.name}", (Grant(token.organisation, token.scopes, token.projects),))

    async def projects(self, caller: Caller, scope: str = READ, *, anew: bool = True) -> list[Project]:
        """The projects for which a caller has a scope."""
        projects = await self._projects.get(None, anew=anew)
        return [project for project in projects if caller.may(scope, project)]

    def forget_projects(self) -> None:
        """Ask for the projects anew."""
        self._projects.forget(None)

    async def project(self, caller: Caller, name: str, scope: str = READ) -> Project:
        """The project of an id or a slug.

        Raises:
            ApiError: 404 when there is none, or the caller may not see it; 403 without the scope for it.
        """
        for anew in (False, True):
            for project in await self._projects.get(None, anew=anew):
                if name in (str(project.id), project.slug) and caller.sees(project):
                    if not caller.may(scope, project):
                        raise missing_scope(scope)
                    return project
        raise not_found(f"project {name!r}")


def csrf_token(secret: str) -> str:
    """The CSRF token of a session: known to the session's own pages alone, since no other can read its cookie."""
    return blake2b(secret.encode(), digest_size=16, person=b"stacktide-csrf").hexdigest()


def check_csrf(request: web.Request) -> None:
    """See that a request with a session comes from one of our own pages.

    Raises:
        ApiError: 403.
    """
    wanted = csrf_token(request.cookies.get(COOKIE, ""))
    if not compare_digest(request.headers.get(CSRF_HEADER, "").encode(), wanted.encode()):
        raise ApiError(
            403,
            "csrf",
            f"A change with a session needs its CSRF token in the header {CSRF_HEADER}; GET /api/v1/session tells it.",
        )


def missing_scope(scope: str) -> ApiError:
    """403 for a caller without a scope."""
    return ApiError(403, "missing_scope", f"This needs the scope {scope!r}.", {"scope": scope})


def _unauthorised(message: str) -> ApiError:
    return ApiError(401, "unauthorised", message, headers={"WWW-Authenticate": "Bearer"})
