"""Releases, with the commits that went into them."""

from api.call import Call
from api.declarations import BETWEEN, PAGED
from api.errors import not_found
from api.models import Page
from api.parameters import cursor, encode_cursor, limit, microseconds
from api.route import Route
from schemas.accounts import ARTIFACTS
from schemas.release import NewRelease, Release, ReleaseSummary

_YEAR = 365 * 86_400


async def announce_release(call: Call) -> Release:
    """Announce a release and its commits; the same version again replaces them."""
    project = await call.project()
    return await call.api.operational.releases.put(project.id, await call.body(NewRelease))


async def list_releases(call: Call) -> Page[ReleaseSummary]:
    """Releases that were announced, the latest first; of a year unless ``from`` says otherwise."""
    project, size = await call.project(), limit(call.query)
    start, end = call.time_range(_YEAR)
    at = cursor(call.query, "releases", of_ids=False)
    after = None if at is None else (at[0] / 1_000_000, at[1])
    found = await call.api.operational.releases.list(project.id, start, end, after, size + 1)
    last = found[size - 1] if len(found) > size else None
    if last is None:
        return Page(found, None)
    return Page(found[:size], encode_cursor("releases", microseconds(last.created), last.version))


async def show_release(call: Call) -> Release:
    """One release with its commits."""
    project, version = await call.project(), call.parts["version"]
    found = await call.api.operational.releases.find(project.id, [version])
    if not found:
        raise not_found(f"release {version[:100]!r}")
    return found[0]


_PATH = "/api/v1/projects/{project}/releases"
ROUTES = (
    Route("GET", _PATH, list_releases, gives=Page[ReleaseSummary], query=(*BETWEEN, *PAGED)),
    Route("POST", _PATH, announce_release, ARTIFACTS, takes=NewRelease, gives=Release),
    Route("GET", f"{_PATH}/{{version}}", show_release, gives=Release),
)
