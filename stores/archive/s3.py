"""The archive in a bucket of S3, or of anything that speaks it: an object's key is the path of its name."""

import math
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import structlog

from settings import DAY, SettingError, Settings
from stores.archive.faults import WITHOUT_LIFECYCLE, code_of
from stores.bucket import Bucket
from stores.errors import StoreRejected, StoreUnavailable
from stores.ports import ArchiveName

MIB = 1024 * 1024
#: Size above which an object is sent in parts, and of each of these. S3 takes no part below 5 MiB but the last.
PART_BYTES = 8 * MIB
#: Objects that one request may delete (S3's own limit).
_DELETED_AT_ONCE = 1000

#: Of one request with its second attempt.
_CALL_SECONDS = 9.0
_LIFECYCLE_RULE = "stacktide-archive"

log = structlog.get_logger(__name__)


class S3Archive:
    """The port ``Archive`` on a bucket, with one client for as long as it lives, made by the first call.

    Raises:
        SettingError: no bucket is set.
    """

    def __init__(self, settings: Settings) -> None:
        if not settings.s3_bucket:
            raise SettingError("STACKTIDE_S3_BUCKET takes the bucket of the archive.")
        self._settings = settings
        self._bucket = Bucket(settings, settings.s3_bucket, "archive", _CALL_SECONDS)

    async def migrate(self) -> None:
        """Make the bucket where there is none, with a rule that removes old objects where the store offers that.

        Raises:
            StoreUnavailable: the bucket is missing and cannot be made, or the store cannot be reached.
        """
        made = await self._bucket.make()
        # A rule without a prefix would be for everything in a bucket that others may use too.
        if made or self._bucket.prefix:
            await self._set_lifecycle()

    async def put(self, name: ArchiveName, body: bytes) -> None:
        """Store an object, whole or not at all; the same name again replaces it.

        Raises:
            StoreRejected: the store will not have the object.
            StoreUnavailable: the store cannot be reached, or has no room.
        """
        place = self._bucket.place(name.path)
        if len(body) > PART_BYTES:
            await self._put_in_parts(place, body)
        else:
            await self._bucket.call(
                "storing an object",
                lambda client: client.put_object(**place, **self._bucket.encryption, Body=body),
            )

    async def get(self, name: ArchiveName) -> bytes:
        """An object's bytes.

        Raises:
            StoreRejected: there is no such object.
            StoreUnavailable: it cannot be read.
        """
        return await self._bucket.read(name.path, "reading an object")

    async def list(
        self, project: int | None = None, day: str | None = None, partition: int | None = None
    ) -> AsyncIterator[ArchiveName]:
        """All objects, or those of a project, day or partition; in no particular order."""
        if project is not None:
            starts = [f"{project}/"]
        elif day is not None:
            starts = [start async for start in self._folders("")]
        else:
            starts = [""]
        for start in starts:
            if day is not None:
                start += f"{day}/" if partition is None else f"{day}/{partition}/"
            async for name in self._names(start):
                if partition is None or name.partition == partition:
                    yield name

    async def drop(self, name: ArchiveName) -> None:
        """Remove an object, if it is there.

        Raises:
            StoreUnavailable: the store cannot be reached.
        """
        await self._delete([name])

    async def drop_days_before(self, day: str) -> int:
        """Remove all objects of earlier days; returns how many."""
        dropped = 0
        async for project in self._folders(""):
            async for folder in self._folders(project):
                if folder.removeprefix(project).rstrip("/") < day:
                    dropped += await self._delete([name async for name in self._names(folder)])
        return dropped

    async def close(self) -> None:
        """Close all connections. Calls that come later are refused."""
        await self._bucket.close()

    async def _set_lifecycle(self) -> None:
        name = f"{_LIFECYCLE_RULE} {self._bucket.prefix}".strip()
        rule = {
            "ID": name,
            "Status": "Enabled",
            "Filter": {"Prefix": self._bucket.prefix},
            "Expiration": {"Days": math.ceil(self._settings.archive_retention / DAY)},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        }

        async def add(client: Any) -> None:
            try:
                answer = await client.get_bucket_lifecycle_configuration(Bucket=self._bucket.name)
                rules = answer.get("Rules", [])
            except Exception as error:
                if code_of(error) != "NoSuchLifecycleConfiguration":
                    raise
                rules = []
            # The request replaces all rules, those of others too.
            others = [other for other in rules if other.get("ID") != name]
            await client.put_bucket_lifecycle_configuration(
                Bucket=self._bucket.name, LifecycleConfiguration={"Rules": [*others, rule]}
            )

        try:
            await self._bucket.call("setting the bucket's lifecycle", add)
        except (StoreRejected, StoreUnavailable) as error:
            if code_of(error.__cause__) not in WITHOUT_LIFECYCLE:
                raise
            log.info("the store sets no lifecycle rules; old objects are removed by Stacktide alone")

    async def _put_in_parts(self, place: dict[str, str], body: bytes) -> None:
        upload = await self._bucket.call(
            "storing an object",
            lambda client: client.create_multipart_upload(**place, **self._bucket.encryption),
        )
        part = {**place, "UploadId": upload["UploadId"]}
        try:
            parts = []
            for number, data in enumerate(_parts(body), 1):
                answer = await self._bucket.call(
                    "storing a part of an object",
                    lambda client, number=number, data=data: client.upload_part(  # type: ignore[misc]
                        **part, PartNumber=number, Body=data
                    ),
                )
                parts.append({"ETag": answer["ETag"], "PartNumber": number})
            await self._bucket.call(
                "storing an object",
                lambda client: client.complete_multipart_upload(**part, MultipartUpload={"Parts": parts}),
            )
        except BaseException:
            try:
                await self._bucket.call(
                    "giving up an object", lambda client: client.abort_multipart_upload(**part)
                )
            except (StoreRejected, StoreUnavailable) as error:
                # Invisible, but kept until the lifecycle rule removes it.
                log.warning("the parts of an object were left behind", key=part["Key"], error=str(error))
            raise

    async def _folders(self, start: str) -> AsyncIterator[str]:
        """What keys under ``start`` have up to their next slash, ``start`` and the slash included."""
        async for page in self._bucket.pages(start, "listing objects", Delimiter="/"):
            for entry in page.get("CommonPrefixes", ()):
                yield entry["Prefix"].removeprefix(self._bucket.prefix)

    async def _names(self, start: str) -> AsyncIterator[ArchiveName]:
        """The objects under ``start``. Keys that name none are passed over."""
        async for page in self._bucket.pages(start, "listing objects"):
            for entry in page.get("Contents", ()):
                try:
                    yield ArchiveName.parse(entry["Key"].removeprefix(self._bucket.prefix))
                except ValueError:
                    log.warning("passed over a key in the archive that is no object", key=entry["Key"])

    async def _delete(self, names: Sequence[ArchiveName]) -> int:
        for first in range(0, len(names), _DELETED_AT_ONCE):
            keys = [
                {"Key": self._bucket.prefix + name.path} for name in names[first : first + _DELETED_AT_ONCE]
            ]
            answer = await self._bucket.call(
                "deleting objects",
                lambda client, keys=keys: client.delete_objects(  # type: ignore[misc]
                    Bucket=self._bucket.name, Delete={"Objects": keys, "Quiet": True}
                ),
            )
            if failed := answer.get("Errors"):
                raise StoreUnavailable(f"The archive failed deleting {len(failed)} objects: {failed[0]}.")
        return len(names)


def _parts(body: bytes) -> Iterator[bytes]:
    return (body[first : first + PART_BYTES] for first in range(0, len(body), PART_BYTES))
