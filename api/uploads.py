"""Uploads of artifacts: bounded bodies, read one at a time, stored under their names."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import IO

from aiohttp import BodyPartReader, web

from api.call import Api
from api.errors import ApiError
from schemas.artifacts import Artifact, ArtifactName
from stores.artifacts.bundle import InvalidUpload, read_bundle, read_file
from stores.errors import StoreRejected
from stores.ports import Artifacts

#: Bytes of one upload. What it unpacks to is bounded by ``stores.artifacts.bundle``.
MAX_UPLOAD = 128 * 1024 * 1024
_IN_MEMORY = 1024 * 1024
_CHUNK = 256 * 1024
_BUNDLES = (b"PK\x03\x04", b"PK\x05\x06", b"SYSB")

#: Unpacked, an upload takes up to some hundred megabytes of memory: one after the other.
_one_at_a_time = asyncio.Semaphore(1)


async def receive(request: web.Request) -> AbstractContextManager[IO[bytes]]:
    """The body, in a file that is gone once it is closed.

    Raises:
        ApiError: 413 where it is too large.
    """
    return await _spooled(request.content.iter_chunked(_CHUNK))


async def receive_part(part: BodyPartReader) -> AbstractContextManager[IO[bytes]]:
    """A part of a multipart body, likewise.

    Raises:
        ApiError: 413 where it is too large.
    """

    async def chunks() -> AsyncIterator[bytes]:
        while chunk := await read_chunk(part):
            yield chunk

    return await _spooled(chunks())


async def read_chunk(part: BodyPartReader) -> bytes:
    """The next bytes of a part of a multipart body; none at its end.

    Raises:
        ApiError: 400 where the body is broken.
    """
    try:
        return await part.read_chunk(64 * 1024)
    except (ValueError, AssertionError, RuntimeError) as error:
        raise ApiError(400, "bad_body", f"The multipart body is broken: {error}") from error


def artifacts_of(api: Api) -> Artifacts:
    """The store of artifacts.

    Raises:
        ApiError: 501 where this server has none.
    """
    if api.artifacts is None:
        raise ApiError(
            501, "not_configured", "This server has no store of artifacts: set STACKTIDE_S3_ARTIFACTS_BUCKET."
        )
    return api.artifacts


async def _spooled(chunks: AsyncIterator[bytes]) -> IO[bytes]:
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > MAX_UPLOAD:
            file.close()
            raise ApiError(413, "too_large", f"An upload may have {MAX_UPLOAD} bytes. Split the bundle.")
        await asyncio.to_thread(file.write, chunk)
    return file


async def store_upload(
    store: Artifacts, project: int, file: IO[bytes], url: str = "", release: str = "", dist: str = ""
) -> list[ArtifactName]:
    """Read a bundle or a single file and store what it holds; returns under which names. ``url``, ``release`` and ``dist``
    are of a single file.

    Raises:
        ApiError: 400 where it cannot be used.
        StoreUnavailable: the store cannot be reached; some artifacts may have been stored.
    """
    async with _one_at_a_time:
        try:
            artifacts = await asyncio.to_thread(_read, file, url, release, dist)
        except InvalidUpload as error:
            raise ApiError(400, "bad_upload", str(error)) from error
        names = {name: artifact.body for artifact in artifacts for name in artifact.names(project)}
        try:
            for name, body in names.items():
                await store.put(name, body)
        except StoreRejected as error:
            raise ApiError(400, "bad_upload", f"This cannot be stored: {error}.") from error
    await store.announce(project)
    return sorted(names)


def _read(file: IO[bytes], url: str, release: str, dist: str) -> list[Artifact]:
    file.seek(0)
    data = file.read()
    if data.startswith(_BUNDLES):
        return read_bundle(data, release, dist)
    return read_file(data, url, release, dist)
