"""A bucket of S3, or of anything that speaks it, as the archive and the artifacts each have one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from settings import SettingError, Settings
from stores.archive.faults import ABSENT, OWN_BUCKET, code_of, store_error
from stores.errors import StoreUnavailable

T = TypeVar("T")

_CONNECT_SECONDS = 3.0
_READ_SECONDS = 8.0
_CONNECTIONS = 16


class Bucket:
    """The bucket ``name``, with one client for as long as it lives, made by the first call.

    ``store`` is what errors call it, ``seconds`` how long a call may take with its second attempt.

    Raises:
        SettingError: the setting of the encryption is none that S3 knows.
    """

    def __init__(self, settings: Settings, name: str, store: str, seconds: float) -> None:
        self.name = name
        prefix = settings.s3_prefix.strip("/")
        #: What all keys begin with.
        self.prefix = f"{prefix}/" if prefix else ""
        #: The parameters of a request that stores an object.
        self.encryption = encryption_parameters(settings.s3_encryption)
        self._settings = settings
        self._store = store
        self._seconds = seconds
        self._opened = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._client: Any = None
        self._closed = False

    def place(self, path: str) -> dict[str, str]:
        """The parameters that name the object of a path."""
        return {"Bucket": self.name, "Key": self.prefix + path}

    async def make(self) -> bool:
        """Make the bucket where there is none; returns whether this call did.

        Raises:
            StoreUnavailable: it is missing and cannot be made, or the store cannot be reached.
        """
        region = self._settings.s3_region
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}

        async def head_or_make(client: Any) -> bool:
            try:
                await client.head_bucket(Bucket=self.name)
                return False
            except Exception as error:
                if code_of(error) not in ABSENT:
                    raise
            try:
                await client.create_bucket(Bucket=self.name, **where)
                return True
            except Exception as error:
                # Another process was faster.
                if code_of(error) not in OWN_BUCKET:
                    raise
                return False

        return await self.call(f"making the bucket {self.name}", head_or_make)

    async def read(self, path: str, doing: str) -> bytes:
        """The bytes of an object."""

        async def read(client: Any) -> bytes:
            answer = await client.get_object(**self.place(path))
            async with answer["Body"] as body:
                data: bytes = await body.read()
                return data

        return await self.call(doing, read)

    async def pages(self, start: str, doing: str, **how: str) -> AsyncIterator[Any]:
        """What lies under a path, as the store lists it."""
        request = {"Bucket": self.name, "Prefix": self.prefix + start, **how}
        while True:
            page = await self.call(
                doing,
                lambda client, request=request: client.list_objects_v2(**request),  # type: ignore[misc]
            )
            yield page
            if not page.get("IsTruncated"):
                return
            request = {**request, "ContinuationToken": page["NextContinuationToken"]}

    async def call(self, doing: str, function: Callable[[Any], Awaitable[T]]) -> T:
        """What ``function`` makes of the client; ``doing`` says in errors what was tried.

        Raises:
            StoreRejected: the store will not have it.
            StoreUnavailable: the store cannot be reached, has no room, or is closed.
        """
        if self._closed:
            raise StoreUnavailable(f"The {self._store} failed {doing}: it is closed.")
        try:
            async with asyncio.timeout(self._seconds):
                return await function(await self._connected())
        except Exception as error:
            raise store_error(error, doing, self._store) from error

    async def close(self) -> None:
        """Close all connections. Calls that come later are refused."""
        self._closed = True
        async with self._opening:
            self._client = None
            await self._opened.aclose()

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
