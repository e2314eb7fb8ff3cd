"""Keys that the processes of the edge share in Redis, and the channel on which they hear that keys have changed.

An entry is good until ``fresh_until``; after that it still helps a process that has just started while the operational store
is away. A change of any key drops all entries and is told to all: keys change seldom, and each edge asks again only for
those that it sees.
"""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from stores.errors import StoreUnavailable
from stores.ports import ProjectKey
from stores.redis_client import RedisClient

CHANNEL = "stacktide:keys"
_HASH = "stacktide:keys"
_KEPT = 86_400
"""Seconds after the last entry was added for which entries are kept."""
_TIMEOUT = 0.5
_RECONNECT = 1.0
_PING = 5.0

log = structlog.get_logger(__name__)


class SharedKey(NamedTuple):
    """A key, and until when (Unix seconds) nobody need ask for it."""

    fresh_until: float
    key: ProjectKey


_decoder = msgspec.msgpack.Decoder(SharedKey)


class SharedKeys:
    """The shared keys. Without Redis there are none, and nobody hears of changes."""

    def __init__(self, client: RedisClient) -> None:
        self._client = client

    @staticmethod
    def client(url: str) -> RedisClient:
        """A client as the shared keys need it. Keys are asked for seldom, so slowly is better than not at all."""
        return RedisClient(url, "keys", _TIMEOUT, connections=8)

    async def find(self, public_key: str) -> SharedKey | None:
        """What is known of a key; None where nothing is, or Redis is away."""

        async def get(redis: Redis) -> bytes | None:
            found = await redis.hget(_HASH, _field(public_key))
            return found if isinstance(found, bytes) else None

        try:
            found = await self._client.call(get)
            return _decoder.decode(found) if found is not None else None
        except (StoreUnavailable, msgspec.MsgspecError):
            return None

    async def add(self, public_key: str, key: SharedKey | None) -> None:
        """Say what the operational store said of a key; None where it is no longer good."""

        async def put(redis: Redis) -> None:
            async with redis.pipeline(transaction=True) as pipeline:
                if key is None:
                    pipeline.hdel(_HASH, _field(public_key))
                else:
                    pipeline.hset(_HASH, _field(public_key), msgspec.msgpack.encode(key))
                    pipeline.expire(_HASH, _KEPT)
                await pipeline.execute()

        try:
            await self._client.call(put)
        except StoreUnavailable:
            return

    async def announce(self) -> None:
        """Say that keys have changed. Where that fails, the edges notice when their own entries expire."""

        async def tell(redis: Redis) -> None:
            async with redis.pipeline(transaction=True) as pipeline:
                pipeline.delete(_HASH)
                pipeline.publish(CHANNEL, b"changed")
                await pipeline.execute()

        try:
            await self._client.call(tell)
        except StoreUnavailable as error:
            log.warning("key_change_not_announced", error=str(error))

    async def listen(self, changed: Callable[[], None]) -> None:
        """Call back whenever keys have changed, or may have while nobody could hear; until cancelled."""
        while True:
            try:
                async with self._client.redis.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(CHANNEL)
                    changed()
                    await _hear(channel, changed)
            except (RedisError, OSError, TimeoutError):
                await asyncio.sleep(_RECONNECT)


async def _hear(channel: Any, changed: Callable[[], None]) -> None:
    while True:
        async with asyncio.timeout(2 * _PING):
            message = await channel.get_message(timeout=_PING)
        if message is not None and message["type"] == "message":
            changed()
        elif message is None:
            # A connection that died without a word would otherwise never be noticed.
            await channel.ping()


def _field(public_key: str) -> str:
    return hashlib.sha256(public_key.encode()).hexdigest()
