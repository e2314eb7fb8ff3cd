"""The archive in a bucket of S3, or of anything that speaks it: an object's key is the path of its name."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import structlog

from settings import DAY, SettingError, Settings
from stores.archive.faults import ABSENT, OWN_BUCKET, WITHOUT_LIFECYCLE, code_of, store_error
from stores.errors import StoreRejected, StoreUnavailable
from stores.ports import ArchiveName

T = TypeVar("T")

MIB = 1024 * 1024
#: Size above which an object is sent in parts, and of each of these. S3 takes no part below 5 MiB but the last.
PART_BYTES = 8 * MIB
#: Objects that one request may delete (S3's own limit).
_DELETED_AT_ONCE = 1000

_CONNECT_SECONDS = 3.0
_READ_SECONDS = 8.0
#: Of one request with its second attempt.
_CALL_SECONDS = 9.0
_CONNECTIONS = 16
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
        self._bucket = settings.s3_bucket
        prefix = settings.s3_prefix.strip("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._encryption = encryption_parameters(settings.s3_encryption)
        self._opened = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._client: Any = None
        self._closed = False

    async def migrate(self) -> None:
        """Make the bucket where there is none, with a rule that removes old objects where the store offers that.

        Raises:
            StoreUnavailable: the bucket is missing and cannot be made, or the store cannot be reached.
        """
        made = await self._make_bucket()
        # A rule without a prefix would be for everything in a bucket that others may use too.
        if made or self._prefix:
            await self._set_lifecycle()

    async def put(self, name: ArchiveName, body: bytes) -> None:
        """Store an object, whole or not at all; the same name again replaces it.

        Raises:
            StoreRejected: the store will not have the object.
            StoreUnavailable: the store cannot be reached, or has no room.
        """
        place = {"Bucket": self._bucket, "Key": self._prefix + name.path}
        if len(body) > PART_BYTES:
            await self._put_in_parts(place, body)
        else:
            await self._call(
                "storing an object",
                lambda client: client.put_object(**place, **self._encryption, Body=body),
            )

    async def get(self, name: ArchiveName) -> bytes:
        """An object's bytes.

        Raises:
            StoreRejected: there is no such object.
            StoreUnavailable: it cannot be read.
        """

        async def read(client: Any) -> bytes:
            answer = await client.get_object(Bucket=self._bucket, Key=self._prefix + name.path)
            async with answer["Body"] as body:
                data: bytes = await body.read()
                return data

        return await self._call("reading an object", read)

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
        self._closed = True
        async with self._opening:
            self._client = None
            await self._opened.aclose()

    async def _make_bucket(self) -> bool:
        """Whether the bucket was made by this call."""
        region = self._settings.s3_region
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}

        async def make(client: Any) -> bool:
            try:
                await client.head_bucket(Bucket=self._bucket)
                return False
            except Exception as error:
                if code_of(error) not in ABSENT:
                    raise
            try:
                await client.create_bucket(Bucket=self._bucket, **where)
                return True
            except Exception as error:
                # Another process was faster.
                if code_of(error) not in OWN_BUCKET:
                    raise
                return False

        return await self._call(f"making the bucket {self._bucket}", make)

    async def _set_lifecycle(self) -> None:
        name = f"{_LIFECYCLE_RULE} {self._prefix}".strip()
        rule = {
            "ID": name,
            "Status": "Enabled",
            "Filter": {"Prefix": self._prefix},
            "Expiration": {"Days": math.ceil(self._settings.archive_retention / DAY)},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        }

        async def add(client: Any) -> None:
            try:
                answer = await client.get_bucket_lifecycle_configuration(Bucket=self._bucket)
                rules = answer.get("Rules", [])
            except Exception as error:
                if code_of(error) != "NoSuchLifecycleConfiguration":
                    raise
                rules = []
            # The request replaces all rules, those of others too.
            others = [other for other in rules if other.get("ID") != name]
            await client.put_bucket_lifecycle_configuration(
                Bucket=self._bucket, LifecycleConfiguration={"Rules": [*others, rule]}
            )

        try:
            await self._call("setting the bucket's lifecycle", add)
        except (StoreRejected, StoreUnavailable) as error:
            if code_of(error.__cause__) not in WITHOUT_LIFECYCLE:
                raise
            log.info("the store sets no lifecycle rules; old objects are removed by Stacktide alone")

    async def _put_in_parts(self, place: dict[str, str], body: bytes) -> None:
        upload = await self._call(
            "storing an object", lambda client: client.create_multipart_upload(**place, **self._encryption)
        )
        part = {**place, "UploadId": upload["UploadId"]}
        try:
            parts = []
            for number, data in enumerate(_parts(body), 1):
                answer = await self._call(
                    "storing a part of an object",
                    lambda client, number=number, data=data: client.upload_part(  # type: ignore[misc]
                        **part, PartNumber=number, Body=data
                    ),
                )
                parts.append({"ETag": answer["ETag"], "PartNumber": number})
            await self._call(
                "storing an object",
                lambda client: client.complete_multipart_upload(**part, MultipartUpload={"Parts": parts}),
            )
        except BaseException:
            try:
                await self._call("giving up an object", lambda client: client.abort_multipart_upload(**part))
            except (StoreRejected, StoreUnavailable) as error:
                # Invisible, but kept until the lifecycle rule removes it.
                log.warning("the parts of an object were left behind", key=part["Key"], error=str(error))
            raise

    async def _folders(self, start: str) -> AsyncIterator[str]:
        """What keys under ``start`` have up to their next slash, ``start`` and the slash included."""
        async for page in self._pages(start, Delimiter="/"):
            for entry in page.get("CommonPrefixes", ()):
                yield entry["Prefix"].removeprefix(self._prefix)

    async def _names(self, start: str) -> AsyncIterator[ArchiveName]:
        """The objects under ``start``. Keys that name none are passed over."""
        async for page in self._pages(start):
            for entry in page.get("Contents", ()):
                try:
                    yield ArchiveName.parse(entry["Key"].removeprefix(self._prefix))
                except ValueError:
                    log.warning("passed over a key in the archive that is no object", key=entry["Key"])

    async def _pages(self, start: str, **how: str) -> AsyncIterator[Any]:
        request = {"Bucket": self._bucket, "Prefix": self._prefix + start, **how}
        while True:
            page = await self._call(
                "listing objects",
                lambda client, request=request: client.list_objects_v2(**request),  # type: ignore[misc]
            )
            yield page
            if not page.get("IsTruncated"):
                return
            request = {**request, "ContinuationToken": page["NextContinuationToken"]}

    async def _delete(self, names: Sequence[ArchiveName]) -> int:
        for first in range(0, len(names), _DELETED_AT_ONCE):
            keys = [{"Key": self._prefix + name.path} for name in names[first : first + _DELETED_AT_ONCE]]
            answer = await self._call(
                "deleting objects",
                lambda client, keys=keys: client.delete_objects(  # type: ignore[misc]
                    Bucket=self._bucket, Delete={"Objects": keys, "Quiet": True}
                ),
            )
            if failed := answer.get("Errors"):
                raise StoreUnavailable(f"The archive failed deleting {len(failed)} objects: {failed[0]}.")
        return len(names)

    async def _call(self, doing: str, function: Callable[[Any], Awaitable[T]]) -> T:
        if self._closed:
            raise StoreUnavailable(f"The archive failed {doing}: it is closed.")
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                return await function(await self._connected())
        except Exception as error:
            raise store_error(error, doing) from error

    async def _connected(self) -> Any:
        async with self._opening:
            if self._client is None:
                self._client = await self._opened.enter_async_context(make_client(self._settings))
            return self._client


def make_client(settings: Settings) -> Any:
    """A client, to be entered."""
    # Imported here: it takes a second, and the embedded mode does without.
    import aioboto3
    from aiobotocore.config import AioConfig

    session = aioboto3.Session(
        aws_access_key_id=settings.s3_access_key or None,
        aws_secret_access_key=settings.s3_secret_key or None,
        region_name=settings.s3_region,
    )
    config = AioConfig(
        signature_version="s3v4",
        s3={"addressing_style": "path" if settings.s3_endpoint else "auto"},
        retries={"mode": "standard", "total_max_attempts": 2},
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        max_pool_connections=_CONNECTIONS,
        # Some stores do not know the newer checksums, which are sent after the body.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return session.client("s3", endpoint_url=settings.s3_endpoint or None, config=config)


def encryption_parameters(setting: str) -> dict[str, str]:
    """The parameters of a request that stores an object.

    Raises:
        SettingError: not an encryption that S3 knows.
    """
    if not setting:
        return {}
    if setting in ("AES256", "aws:kms"):
        return {"ServerSideEncryption": setting}
    key = setting.removeprefix("aws:kms:")
    if key == setting or not key:
        raise SettingError("STACKTIDE_S3_ENCRYPTION takes AES256, aws:kms or aws:kms:KEY-ID.")
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}


def _parts(body: bytes) -> Iterator[bytes]:
    return (body[first : first + PART_BYTES] for first in range(0, len(body), PART_BYTES))
