"""What ``sentry-cli sourcemaps upload`` and ``sentry-cli upload-proguard`` call. They send a bundle in pieces, then ask for it
to be assembled.

Source: getsentry/sentry-cli 2.58 ``src/api``. Its answers are read by the tool, so they have its form and not this API's.
"""

import asyncio
import hashlib
import zlib
from collections.abc import AsyncIterator
from typing import IO, Annotated, Any

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import BadHttpMessage

from api.call import Call
from api.errors import ApiError, not_found
from api.pieces import MAX_PIECE
from api.route import Route
from api.uploads import MAX_UPLOAD, artifacts_of, read_chunk, receive_part, store_upload
from schemas.accounts import ARTIFACTS
from schemas.release import NewRelease
from stores.ports import Project

_MOST_PIECES = 64
_Sha1 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{40}$")]


class Assembly(msgspec.Struct, frozen=True):
    """A bundle that is to be made of its pieces."""

    checksum: _Sha1
    chunks: Annotated[list[_Sha1], msgspec.Meta(max_length=1_000)]
    projects: Annotated[list[str], msgspec.Meta(max_length=100)] = []
    version: str | None = None
    dist: str | None = None


class Assembled(msgspec.Struct, frozen=True, rename="camel"):
    """What became of it: ``ok``, ``not_found`` while pieces are missing, or ``error``."""

    state: str
    missing_chunks: list[str] = []
    detail: str | None = None


class AnnouncedRelease(msgspec.Struct, frozen=True):
    """A release, as the tool announces it before an upload."""

    version: Annotated[str, msgspec.Meta(min_length=1, max_length=250)]


async def show_options(call: Call) -> dict[str, Any]:
    """How pieces are to be sent."""
    await _check_organisation(call)
    return {
        "url": f"{call.public_url()}{call.request.path}",
        "chunkSize": MAX_PIECE,
        "chunksPerRequest": _MOST_PIECES,
        "maxFileSize": MAX_UPLOAD,
        "maxRequestSize": 32 * 1024 * 1024,
        "concurrency": 1,
        "hashAlgorithm": "sha1",
        "compression": ["gzip"],
        "accept": ["release_files", "artifact_bundles", "artifact_bundles_v2"],
    }


async def take_pieces(call: Call) -> dict[str, Any]:
    """Hold pieces: parts of a multipart body, each with its SHA-1 for a file name."""
    await _check_organisation(call)
    count = 0
    async for part in _files(call):
        count += 1
        if count > _MOST_PIECES:
            raise ApiError(413, "too_large", f"At most {_MOST_PIECES} pieces at once.")
        body = await _read_piece(part)
        await asyncio.to_thread(call.api.pieces.add, part.filename or "", body)
    return {}


async def assemble(call: Call) -> Assembled:
    """Store a bundle whose pieces are all there."""
    await _check_organisation(call)
    wanted = await call.body(Assembly)
    store, pieces = artifacts_of(call.api), call.api.pieces
    projects = [await call.api.access.project(call.caller, name, ARTIFACTS) for name in wanted.projects]
    if not projects:
        return Assembled("error", detail="Name a project.")
    if missing := pieces.missing(wanted.chunks):
        return Assembled("not_found", missing)
    try:
        with await asyncio.to_thread(pieces.join, wanted.chunks, MAX_UPLOAD) as file:
            if await asyncio.to_thread(_sha1, file) != wanted.checksum:
                return Assembled("error", detail="The pieces are not those of the bundle.")
            for project in projects:
                await store_upload(
                    store, project.id, file, release=wanted.version or "", dist=wanted.dist or ""
                )
    except ApiError as error:
        return Assembled("error", detail=error.message)
    finally:
        pieces.forget(wanted.chunks)
    return Assembled("ok")


async def announce(call: Call) -> web.Response:
    """Announce a release without commits; one that is known keeps its own."""
    project: Project = await call.project()
    version = (await call.body(AnnouncedRelease)).version
    releases = call.api.operational.releases
    known = await releases.find(project.id, [version])
    release = known[0] if known else await releases.put(project.id, NewRelease(version))
    body = {"version": version, "dateCreated": release.created, "projects": []}
    return web.Response(status=201, body=msgspec.json.encode(body), content_type="application/json")


async def take_mappings(call: Call) -> list[dict[str, Any]]:
    """Store a zip of ProGuard mappings."""
    project, store = await call.project(), artifacts_of(call.api)
    found: list[dict[str, Any]] = []
    async for part in _files(call):
        with await receive_part(part) as file:
            names = await store_upload(store, project.id, file)
        found += [_as_debug_file(name.debug_id) for name in names]
    return found


async def _check_organisation(call: Call) -> None:
    """See that the caller belongs to the organisation of the path, given by its id or slug.

    Raises:
        ApiError: 404.
    """
    name = call.parts["organisation"]
    for known in await call.api.operational.organisations.all():
        if name in (known.id, known.slug) and any(
            grant.organisation in (None, int(known.id)) for grant in call.caller.grants
        ):
            return
    raise not_found(f"organisation {name[:100]!r}")


async def _files(call: Call) -> AsyncIterator[BodyPartReader]:
    """The files of a multipart body.

    Raises:
        ApiError: 400 where the body is none, or broken.
    """
    if not call.request.content_type.startswith("multipart/"):
        raise ApiError(400, "bad_body", "The body is not multipart/form-data.")
    try:
        async for part in await call.request.multipart():
            if isinstance(part, BodyPartReader) and part.filename:
                yield part
    except (ValueError, AssertionError, RuntimeError, BadHttpMessage) as error:
        raise ApiError(
            400, "bad_body", f"The body is no multipart/form-data that can be read: {error}"
        ) from error


def _as_debug_file(identity: str) -> dict[str, Any]:
    return {
        "uuid": identity,
        "debugId": identity,
        "objectName": "proguard-mapping",
        "cpuName": "any",
        "symbolType": "proguard",
        "sha1": "",
    }


async def _read_piece(part: BodyPartReader) -> bytes:
    """A piece's bytes, unpacked where its part is called ``file_gzip``."""
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS) if part.name == "file_gzip" else None
    body = bytearray()
    while chunk := await read_chunk(part):
        try:
            body += unpack.decompress(chunk, MAX_PIECE + 1 - len(body)) if unpack is not None else chunk
        except zlib.error as error:
            raise ApiError(400, "bad_upload", f"A piece is no gzip: {error}.") from error
        if len(body) > MAX_PIECE:
            raise ApiError(413, "too_large", f"A piece may have {MAX_PIECE} bytes.")
    return bytes(body)


def _sha1(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha1(usedforsecurity=False)
    while chunk := file.read(1024 * 1024):
        digest.update(chunk)
    return digest.hexdigest()


_PARTS = "multipart/form-data"
_ORGANISATION = "/api/0/organizations/{organisation}"
_PROJECT = "/api/0/projects/{organisation}/{project}"
ROUTES = (
    Route("GET", f"{_ORGANISATION}/chunk-upload/", show_options, ARTIFACTS, gives=dict[str, Any]),
    Route(
        "POST",
        f"{_ORGANISATION}/chunk-upload/",
        take_pieces,
        ARTIFACTS,
        takes=bytes,
        accepts=_PARTS,
        gives=dict[str, Any],
    ),
    Route(
        "POST",
        f"{_ORGANISATION}/artifactbundle/assemble/",
        assemble,
        ARTIFACTS,
        takes=Assembly,
        gives=Assembled,
    ),
    Route(
        "POST",
        f"{_PROJECT}/releases/",
        announce,
        ARTIFACTS,
        takes=AnnouncedRelease,
        gives=dict[str, Any],
        answers=(201,),
    ),
    Route(
        "POST",
        f"{_PROJECT}/files/dsyms/",
        take_mappings,
        ARTIFACTS,
        takes=bytes,
        accepts=_PARTS,
        gives=list[dict[str, Any]],
    ),
)
