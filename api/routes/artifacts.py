"""Artifacts: source maps, minified scripts and mappings that a project has uploaded."""

from hashlib import blake2b

import msgspec
from aiohttp import web

from api.call import Call
from api.declarations import PAGED, any_text, several
from api.errors import ApiError, bad_parameter
from api.models import Page
from api.parameters import cursor, encode_cursor, limit, values
from api.route import Route
from api.uploads import artifacts_of, receive, store_upload
from schemas.accounts import ARTIFACTS
from schemas.artifacts import ArtifactName, debug_id


class ArtifactItem(msgspec.Struct, frozen=True):
    """An artifact, known by its debug id, or by release, dist and URL."""

    id: str
    kind: str
    debug_id: str | None
    release: str | None
    dist: str | None
    url: str | None


class Uploaded(msgspec.Struct, frozen=True):
    """What an upload held."""

    items: list[ArtifactItem]


class Removed(msgspec.Struct, frozen=True):
    """How many artifacts were removed."""

    removed: int


async def upload_artifacts(call: Call) -> web.Response:
    """Store a bundle, or a single file with its ``url``, ``release`` and ``dist``."""
    project, store, query = await call.project(), artifacts_of(call.api), call.query
    with await receive(call.request) as file:
        names = await store_upload(
            store, project.id, file, query.get("url", ""), query.get("release", ""), query.get("dist", "")
        )
    body = msgspec.json.encode(Uploaded([_item(name) for name in names]))
    return web.Response(status=201, body=body, content_type="application/json")


async def list_artifacts(call: Call) -> Page[ArtifactItem]:
    """Artifacts of a project, those with a debug id first; of one ``release`` or ``debug_id`` where it is given."""
    project, size = await call.project(), limit(call.query)
    _, after = cursor(call.query, "artifacts", of_ids=False) or (0, "")
    names = [name for name in await _matching(call, project.id) if name.path > after]
    next_cursor = encode_cursor("artifacts", 0, names[size - 1].path) if len(names) > size else None
    return Page([_item(name) for name in names[:size]], next_cursor)


async def drop_artifacts(call: Call) -> Removed:
    """Remove artifacts: those with an ``id`` that is given, of a ``release``, or of a ``debug_id``."""
    project, store = await call.project(), artifacts_of(call.api)
    if not {"id", "release", "debug_id"} & set(call.query):
        raise ApiError(400, "bad_parameter", "Say what is to be removed: 'id', 'release' or 'debug_id'.")
    names = await _matching(call, project.id)
    for name in names:
        await store.drop(name)
    if names:
        await store.announce(project.id)
    return Removed(len(names))


async def _matching(call: Call, project: int) -> list[ArtifactName]:
    ids, release = values(call.query, _IDS), call.query.get("release")
    wanted = call.query.get("debug_id")
    identity = debug_id(wanted) if wanted is not None else None
    if wanted is not None and identity is None:
        raise bad_parameter("debug_id", wanted, "a UUID")
    return sorted(
        [
            name
            async for name in artifacts_of(call.api).list(project)
            if (release is None or name.release == release)
            and (identity is None or name.debug_id == identity)
            and (not ids or _id(name) in ids)
        ],
        key=lambda name: name.path,
    )


def _item(name: ArtifactName) -> ArtifactItem:
    return ArtifactItem(
        _id(name), name.kind, name.debug_id or None, name.release or None, name.dist or None, name.url or None
    )


def _id(name: ArtifactName) -> str:
    """32 hex digits of BLAKE2b over the name."""
    return blake2b(name.path.encode(), digest_size=16).hexdigest()


_IDS = several("id", "Only the artifacts with these ids.")
_RELEASE = any_text("release", "Only those of this release.")
_DEBUG_ID = any_text("debug_id", "Only those with this debug id.")
_URL = any_text("url", "The URL of a single file that has no debug id.")
_OF_RELEASE = any_text("release", "Its release.")
_OF_DIST = any_text("dist", "The release's distribution, where it has several.")

_PATH = "/api/v1/projects/{project}/artifacts"
ROUTES = (
    Route("GET", _PATH, list_artifacts, gives=Page[ArtifactItem], query=(_IDS, _RELEASE, _DEBUG_ID, *PAGED)),
    Route(
        "POST",
        _PATH,
        upload_artifacts,
        ARTIFACTS,
        takes=bytes,
        gives=Uploaded,
        query=(_URL, _OF_RELEASE, _OF_DIST),
        answers=(201,),
    ),
    Route("DELETE", _PATH, drop_artifacts, ARTIFACTS, gives=Removed, query=(_IDS, _RELEASE, _DEBUG_ID)),
)
