"""Artifacts in a bucket of S3, or of anything that speaks it: an object's key is the path of its name.

The bucket is not the archive's: there a lifecycle rule removes what is old, and maps are needed as long as a release runs.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import structlog

from schemas.artifacts import ArtifactName
from settings import SettingError, Settings
from stores.archive.faults import ABSENT, OWN_BUCKET, code_of, store_error
from stores.archive.s3 import encryption_parameters, make_client
from stores.artifacts.encoding import compress, decompress
from stores.errors import StoreRejected, StoreUnavailable

T = TypeVar("T")

#: Of one request with its second attempt: a large map on a slow line.
_CALL_SECONDS = 60.0
#: Of the object that changes with a project's artifacts; no artifact's path begins so.
_UPLOADS = "uploads/{}"
_NO_OBJECT = frozenset({"NoSuchKey", "404"})

log = structlog.get_logger(__name__)


class S3Artifacts:
    """The port ``Artifacts`` on a bucket, with one client for as long as it lives, made by the first call.

    Raises:
        SettingError: no bucket is given.
    """

    def __init__(self, settings: Settings, bucket: str) -> None:
        if not bucket:
            raise SettingError("The artifacts need a bucket of their own.")
        self._settings = settings
        self._bucket = bucket
        prefix = settings.s3_prefix.strip("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._encryption = encryption_parameters(settings.s3_encryption)
        self._opened = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._client: Any = None
        self._closed = False

    async def migrate(self) -> None:
        """Make the bucket where there is none.

        Raises:
            StoreUnavailable: the bucket is missing and cannot be made, or the store cannot be reached.
        """
        region = self._settings.s3_region
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}

        async def make(client: Any) -> None:
            try:
                await client.head_bucket(Bucket=self._bucket)
                return
            except Exception as error:
                if code_of(error) not in ABSENT:
                    raise
            try:
                await client.create_bucket(Bucket=self._bucket, **where)
            except Exception as error:
                # Another process was faster.
                if code_of(error) not in OWN_BUCKET:
                    raise

        await self._call(f"making the bucket {self._bucket}", make)

    async def put(self, name: ArtifactName, body: bytes) -> None:
        """Store an artifact, whole or not at all; the same name again replaces it.

        Raises:
            StoreRejected: its name is too long, the artifact too large, or the store will not have it.
            StoreUnavailable: the store cannot be reached, or has no room.
        """
        if not name.is_storable:
            raise StoreRejected("the release, dist and URL of the artifact are too long together")
        await self._put(name.path, await asyncio.to_thread(compress, body))

    async def get(self, name: ArtifactName) -> bytes | None:
        """An artifact's bytes, or None where there is none of this name.

        Raises:
            StoreRejected: what is stored is damaged.
            StoreUnavailable: it cannot be read.
        """
        if not name.is_storable:
            return None

        data = await self._get(name.path)
        return None if data is None else await asyncio.to_thread(decompress, data)

    async def list(self, project: int) -> AsyncIterator[ArtifactName]:
        """All artifacts of a project, in no particular order."""
        request = {"Bucket": self._bucket, "Prefix": f"{self._prefix}{project}/"}
        while True:
            page = await self._call(
                "listing artifacts",
                lambda client, request=request: client.list_objects_v2(**request),  # type: ignore[misc]
            )
            for entry in page.get("Contents", ()):
                try:
                    yield ArtifactName.parse(entry["Key"].removeprefix(self._prefix))
                except ValueError:
                    log.warning("passed over a key among the artifacts that is none", key=entry["Key"])
            if not page.get("IsTruncated"):
                return
            request = {**request, "ContinuationToken": page["NextContinuationToken"]}

    async def drop(self, name: ArtifactName) -> None:
        """Remove an artifact, if it is there.

        Raises:
            StoreUnavailable: the store cannot be reached.
        """
        place = {"Bucket": self._bucket, "Key": self._prefix + name.path}
        await self._call("removing an artifact", lambda client: client.delete_object(**place))

    async def announce(self, project: int) -> None:
        """Say that a project's artifacts have changed: called once they have.

        Raises:
            StoreUnavailable: the store cannot be reached.
        """
        await self._put(_UPLOADS.format(project), uuid.uuid4().hex.encode())

    async def latest_upload(self, project: int) -> str:
        """What changes with each ``announce`` of a project; empty before the first.

        Raises:
            StoreUnavailable: the store cannot be reached.
        """
        return (await self._get(_UPLOADS.format(project)) or b"").decode()

    async def close(self) -> None:
        """Close all connections. Calls that come later are refused."""
        self._closed = True
        async with self._opening:
            self._client = None
            await self._opened.aclose()

    async def _put(self, path: str, data: bytes) -> None:
        place = {"Bucket": self._bucket, "Key": self._prefix + path}
        await self._call(
            "storing an artifact", lambda client: client.put_object(**place, **self._encryption, Body=data)
        )

    async def _get(self, path: str) -> bytes | None:
        async def read(client: Any) -> bytes | None:
            try:
                answer = await client.get_object(Bucket=self._bucket, Key=self._prefix + path)
            except Exception as error:
                if code_of(error) in _NO_OBJECT:
                    return None
                raise
            async with answer["Body"] as body:
                data: bytes = await body.read()
                return data

        return await self._call("reading an artifact", read)

    async def _call(self, doing: str, function: Callable[[Any], Awaitable[T]]) -> T:
        if self._closed:
            raise StoreUnavailable(f"The store of artifacts failed {doing}: it is closed.")
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                return await function(await self._connected())
        except Exception as error:
            raise store_error(error, doing, "store of artifacts") from error

    async def _connected(self) -> Any:
        async with self._opening:
            if self._client is None:
                self._client = await self._opened.enter_async_context(make_client(self._settings))
            return self._client
