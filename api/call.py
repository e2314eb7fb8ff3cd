"""One call of the API: from a request to an answer, whatever happens."""

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import msgspec
import structlog
from aiohttp import web
from multidict import MultiDict

from api.alert_feed import AlertFeed
from api.auth import STRANGER, Access, Caller, missing_scope
from api.errors import ApiError, not_found
from api.openid import OpenId
from api.parameters import Query, TimeRange, event_id_of, time_range
from api.pieces import Pieces
from api.queries.issue_projects import IssueProjects
from api.queries.similar import SimilarIssues
from metrics import API_REQUESTS, API_SECONDS
from runtime.context import Context
from runtime.live import LiveFigures
from settings import Settings
from stores.errors import StoreRejected, StoreUnavailable
from stores.events.shared import SharedReads
from stores.limits.local import LocalLimits
from stores.ports import (
    AnalyticalStore,
    Archive,
    Artifacts,
    Log,
    OperationalStore,
    Project,
    RateLimits,
    SearchStore,
)

if TYPE_CHECKING:
    from api.route import Route

log = structlog.get_logger(__name__)

T = TypeVar("T")

_PART = re.compile(r"\{(\w+)[^}]*\}")

#: What a request was about, for the audit log.
PROJECT = web.RequestKey("project", Project)
ORGANISATION = web.RequestKey("organisation", int)

#: Largest body of a request, in bytes.
MAX_BODY = 1024 * 1024


@dataclass
class Api:
    """What the API works with. ``artifacts`` is None where the settings of a cluster name no bucket for them; ``stages`` are
    those of the whole installation, wherever they run; ``clock`` gives Unix seconds."""

    settings: Settings
    events: AnalyticalStore
    archive: Archive
    operational: OperationalStore
    log: Log
    search: SearchStore
    artifacts: Artifacts | None = None
    stages: tuple[str, ...] = ()
    clock: Callable[[], float] = time.time
    limits: RateLimits = field(default_factory=lambda: LocalLimits(time.monotonic))
    access: Access = field(init=False)
    openid: OpenId = field(init=False)
    issue_projects: IssueProjects = field(init=False)
    similar: SimilarIssues = field(init=False)
    pieces: Pieces = field(default_factory=Pieces)
    feed: AlertFeed = field(init=False)
    live: LiveFigures = field(init=False)

    @classmethod
    def of(cls, context: Context, limits: RateLimits | None = None) -> Self:
        """What works with the stores that are open. Without ``limits`` this process counts attempts to log in by itself."""
        return cls(
            context.settings,
            context.events,
            context.archive,
            context.operational,
            context.log,
            context.search,
            context.artifacts,
            context.stages,
            limits=limits or LocalLimits(time.monotonic),
        )

    def __post_init__(self) -> None:
        self.events = SharedReads(self.events)
        self.access = Access(self.operational, self.settings.key_cache_ttl)
        self.openid = OpenId(self.settings)
        self.issue_projects = IssueProjects(self.events)
        self.similar = SimilarIssues(self.events, self.settings.max_clock_skew, self.clock)
        self.feed = AlertFeed(self.log)
        self.live = LiveFigures(self)


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of a route. The caller has the scope that it needs for some project or organisation.

    ``parts`` are the parts of the path, ``given`` the parameters of the URL, and ``wanted`` the body where it has been read
    already. GraphQL asks routes for what a request's own path does not say.
    """

    api: Api
    request: web.Request
    caller: Caller
    route: "Route"
    parts: Mapping[str, str]
    given: Query
    wanted: Any = None

    @property
    def scope(self) -> str:
        """What the caller must have."""
        return self.route.scope or ""

    @property
    def query(self) -> Query:
        """The parameters of the URL that the route declares; the others are not to be seen."""
        names = {parameter.name for parameter in self.route.query}
        return MultiDict((name, value) for name, value in self.given.items() if name in names)

    async def project(self) -> Project:
        """The project of the path; 404 when the caller may not see it, 403 without the scope for it."""
        project = await self.api.access.project(self.caller, self.parts["project"], self.scope)
        self.request[PROJECT] = project
        return project

    async def visible_projects(self) -> list[int]:
        """Ids of all projects for which the caller has the scope."""
        return [project.id for project in await self.api.access.projects(self.caller, self.scope)]

    async def about(self, project: int) -> None:
        """Note for the audit log that the request is about one of the visible projects."""
        for visible in await self.api.access.projects(self.caller, self.scope):
            if visible.id == project:
                self.request[PROJECT] = visible

    def event_id(self) -> str:
        """The event id of the path, in its normal form; 404 when it cannot be one."""
        given = self.parts["event_id"]
        event_id = event_id_of(given)
        if event_id is None:
            raise not_found(f"event {given[:100]!r}")
        return event_id

    def issue_id(self) -> str:
        """The issue's id of the path, in its normal form; 404 when it cannot be one."""
        given = self.parts["issue"]
        issue_id = event_id_of(given)
        if issue_id is None:
            raise not_found(f"issue {given[:100]!r}")
        return issue_id

    def public_url(self) -> str:
        """The address under which people reach Stacktide, without a slash at its end: the setting's, else that of the
        request."""
        if self.api.settings.public_url:
            return self.api.settings.public_url.rstrip("/")
        return f"{self.request.scheme}://{self.request.host}"

    def dsn(self, public_key: str, project: int) -> str:
        """What an SDK is given for a key."""
        scheme, _, rest = self.public_url().partition("://")
        return f"{scheme}://{public_key}@{rest}/{project}"

    async def body(self, type: type[T]) -> T:
        """The body, as JSON of ``type``.

        Raises:
            ApiError: 400 where it is something else, saying where; 413 where it is too large.
        """
        if isinstance(self.wanted, msgspec.Struct):
            return cast(T, self.wanted)
        body = await _read_body(self.request)
        try:
            return msgspec.json.decode(body, type=type)
        except msgspec.ValidationError as error:
            raise ApiError(400, "bad_body", f"The body does not fit: {error}") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ApiError(400, "bad_body", f"The body is not JSON: {error}") from error

    def time_range(self, default_span: float) -> TimeRange:
        """The parameters ``from`` and ``to``."""
        return time_range(self.query, self.api.clock(), default_span)


def endpoint(api: Api, route: "Route") -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """An aiohttp handler: checks the token, runs the route's handler, encodes what it returns (a ``web.Response`` as it is),
    and turns every error into the API's shape."""
    seconds = API_SECONDS.labels(route.path)

    async def handle(request: web.Request) -> web.StreamResponse:
        started = time.perf_counter()
        response = await _respond(api, request, route)
        seconds.observe(time.perf_counter() - started)
        API_REQUESTS.labels(route.path, str(response.status)).inc()
        return response

    return handle


async def _respond(api: Api, request: web.Request, route: "Route") -> web.StreamResponse:
    try:
        scope = route.scope
        caller = STRANGER if scope is None else await api.access.caller(request, scope)
        answer = await _perform(Call(api, request, caller, route, request.match_info, request.query))
        if isinstance(answer, web.StreamResponse):
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


async def ask(call: Call, route: "Route", parts: Mapping[str, str], given: Query, wanted: Any = None) -> Any:
    """What a route answers to the caller of a call: with its scope, and into the audit log.

    Raises:
        ApiError: 403 without its scope, or as its handler does.
    """
    if route.scope is not None and not call.caller.may(route.scope):
        raise missing_scope(route.scope)
    return await _perform(Call(call.api, call.request, call.caller, route, parts, given, wanted))


async def _perform(call: Call) -> Any:
    answer = await call.route.handler(call)
    if call.route.method != "GET" and call.route.changes and call.route.scope is not None:
        await _note(call)
    return answer


async def _note(call: Call) -> None:
    """Put a change into the audit log. What it was about stands in the path; bodies may hold secrets."""
    api, request, route, caller = call.api, call.request, call.route, call.caller
    project: Project | None = request.get(PROJECT)
    organisations = {grant.organisation for grant in caller.grants}
    organisation = project.organisation if project else request.get(ORGANISATION)
    if organisation is None and len(organisations) == 1:
        (organisation,) = organisations
    await api.operational.audit.add(
        caller.name,
        (route.handler.__doc__ or route.path).partition("\n")[0].rstrip("."),
        _PART.sub(lambda match: call.parts[match[1]], route.path),
        organisation,
        project.id if project else None,
        request.remote or "",
    )


async def _read_body(request: web.Request) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > MAX_BODY:
            raise ApiError(413, "too_large", f"The body is larger than {MAX_BODY} bytes.")
    return bytes(body)


def _internal_error() -> web.Response:
    return ApiError(500, "internal", "This is a fault of the server, and is in its log.").response()


def method_not_allowed(methods: list[str]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A handler that answers 405 in the API's shape, where only ``methods`` are possible."""

    async def refuse(request: web.Request) -> web.Response:
        return ApiError(
            405,
            "method_not_allowed",
            f"{request.method} is not possible here; {', '.join(methods)} is.",
            headers={"Allow": ", ".join(methods)},
        ).response()

    return refuse
