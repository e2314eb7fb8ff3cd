"""One call of the API: from a request to an answer, whatever happens."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog
from aiohttp import web

from api.auth import Access
from api.errors import ApiError, not_found
from api.parameters import Query, TimeRange, event_id_of, time_range
from metrics import API_REQUESTS, API_SECONDS
from settings import Settings
from stores.errors import StoreRejected, StoreUnavailable
from stores.ports import AnalyticalStore, Archive, Log, OperationalStore, Project, SearchStore, Token

log = structlog.get_logger(__name__)


@dataclass
class Api:
    """What the API works with. ``clock`` gives Unix seconds."""

    settings: Settings
    events: AnalyticalStore
    archive: Archive
    operational: OperationalStore
    log: Log
    search: SearchStore
    clock: Callable[[], float] = time.time
    access: Access = field(init=False)

    def __post_init__(self) -> None:
        self.access = Access(self.operational, self.settings.key_cache_ttl)


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a known caller."""

    api: Api
    request: web.Request
    token: Token

    @property
    def query(self) -> Query:
        """The parameters of the URL."""
        return self.request.query

    async def project(self) -> Project:
        """The project of the path; 404 when the caller may not see it."""
        return await self.api.access.project(self.token, self.request.match_info["project"])

    async def visible_projects(self) -> list[int]:
        """Ids of all projects that the caller may see."""
        return [project.id for project in await self.api.access.projects(self.token)]

    def event_id(self) -> str:
        """The event id of the path, in its normal form; 404 when it cannot be one."""
        given = self.request.match_info["event_id"]
        event_id = event_id_of(given)
        if event_id is None:
            raise not_found(f"event {given[:100]!r}")
        return event_id

    def time_range(self, default_span: float) -> TimeRange:
        """The parameters ``from`` and ``to``."""
        return time_range(self.query, self.api.clock(), default_span)


Handler = Callable[[Call], Awaitable[Any]]


def endpoint(
    api: Api, route: str, scope: str, handler: Handler
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """An aiohttp handler: checks the token, runs ``handler``, encodes what it returns (a ``web.Response`` as it is), and
    turns every error into the API's shape."""
    seconds = API_SECONDS.labels(route)

    async def handle(request: web.Request) -> web.Response:
        started = time.perf_counter()
        response = await _respond(api, request, scope, handler)
        seconds.observe(time.perf_counter() - started)
        API_REQUESTS.labels(route, str(response.status)).inc()
        return response

    return handle


async def _respond(api: Api, request: web.Request, scope: str, handler: Handler) -> web.Response:
    try:
        token = await api.access.token(request, scope)
        answer = await handler(Call(api, request, token))
        if isinstance(answer, web.Response):
            return answer
        return web.Response(body=msgspec.json.encode(answer), content_type="application/json")
    except ApiError as error:
        return error.response()
    except StoreUnavailable as error:
        log.warning("the API could not answer", path=request.path, error=str(error))
        return ApiError(
            503,
            "unavailable",
            "A store could not answer in time. Try again, or ask for less: a shorter time range or fewer filters.",
            headers={"Retry-After": "1"},
        ).response()
    except StoreRejected as error:
        log.error("a store refused a query of the API", path=request.path, error=str(error))
        return _internal_error()
    except Exception:
        log.exception("the API failed", path=request.path)
        return _internal_error()


def _internal_error() -> web.Response:
    return ApiError(500, "internal", "This is a fault of the server, and is in its log.").response()


async def method_not_allowed(request: web.Request) -> web.Response:
    """405 in the API's shape."""
    return ApiError(
        405,
        "method_not_allowed",
        f"{request.method} is not possible here; GET is.",
        headers={"Allow": "GET, HEAD"},
    ).response()
