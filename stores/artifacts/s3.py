"""Artifacts in a bucket of S3, or of anything that speaks it: an object's key is the path of its name.

The bucket is not the archive's: there a lifecycle rule removes what is old, and maps are needed as long as a release runs.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator

import structlog

from schemas.artifacts import ArtifactName
from settings import SettingError, Settings
from stores.archive.faults import code_of
from stores.artifacts.encoding import compress, decompress
from stores.bucket import Bucket
from stores.errors import StoreError, StoreRejected

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
        self._bucket = Bucket(settings, bucket, "store of artifacts", _CALL_SECONDS)

    async def migrate(self) -> None:
        """Make the bucket where there is none.

        Raises:
            StoreUnavailable: the bucket is missing and cannot be made, or the store cannot be reached.
        """
        await self._bucket.make()

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
        async for page in self._bucket.pages(f"{project}/", "listing artifacts"):
            for entry in page.get("Contents", ()):
                try:
                    yield ArtifactName.parse(entry["Key"].removeprefix(self._bucket.prefix))
                except ValueError:
                    log.warning("passed over a key among the artifacts that is none", key=entry["Key"])

    async def drop(self, name: ArtifactName) -> None:
        """Remove an artifact, if it is there.

        Raises:
            StoreUnavailable: the store cannot be reached.
        """
        place = self._bucket.place(name.path)
        await self._bucket.call("removing an artifact", lambda client: client.delete_object(**place))

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
        await self._bucket.close()

    async def _put(self, path: str, data: bytes) -> None:
        place = self._bucket.place(path)
        await self._bucket.call(
            "storing an artifact",
            lambda client: client.put_object(**place, **self._bucket.encryption, Body=data),
        )

    async def _get(self, path: str) -> bytes | None:
        try:
            return await self._bucket.read(path, "reading an artifact")
        except StoreError as error:
            if code_of(error.__cause__) in _NO_OBJECT:
                return None
            raise
