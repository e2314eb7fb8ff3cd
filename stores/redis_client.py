"""Redis as the edge and the API use it: helpful when it is there, never waited for when it is not."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

import metrics
from stores.errors import StoreUnavailable

_RETRY = 1.0
"""Seconds between two attempts to reach a Redis that is away."""
_CONNECT_SECONDS = 2.0
"""Longest for an attempt. No request waits for it: connecting takes several round trips."""

Result = TypeVar("Result")

log = structlog.get_logger(__name__)


class RedisClient:
    """One Redis: a server, or an address that leads to the primary of several. Redis Cluster is not supported.

    ``use`` names what it is for, in logs and metrics. A call may take ``timeout`` seconds, and there are at most
    ``connections`` at a time. After a failure no call is made until Redis has answered a ping beside them.
    """

    def __init__(self, url: str, use: str, timeout: float, connections: int) -> None:
        self.redis = Redis(
            connection_pool=BlockingConnectionPool.from_url(
                url, max_connections=connections, timeout=None, retry=Retry(NoBackoff(), 0)
            )
        )
        self.is_away = False
        self._use = use
        self._timeout = timeout
        self._reconnecting: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Connect, if that is possible soon; else go on trying beside the rest."""
        try:
            await self._ping()
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)

    async def call(self, command: Callable[[Redis], Awaitable[Result]]) -> Result:
        """What a command answers.

        Raises:
            StoreUnavailable: Redis is away, or did not answer in time.
        """
        if self.is_away:
            raise StoreUnavailable("Redis is away.")
        try:
            async with asyncio.timeout(self._timeout):
                return await command(self.redis)
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            raise StoreUnavailable(f"Redis cannot be asked: {error!r}.") from error

    def _failed(self, error: Exception) -> None:
        metrics.REDIS_FAILURES.labels(self._use).inc()
        if not self.is_away:
            self.is_away = True
            log.warning("redis_away", use=self._use, error=repr(error))
            self._reconnecting = asyncio.create_task(self._reconnect())

    async def _reconnect(self) -> None:
        while self.is_away:
            await asyncio.sleep(_RETRY)
            try:
                await self._ping()
            except (RedisError, OSError, TimeoutError):
                continue
            self.is_away = False
            log.info("redis_back", use=self._use)

    async def _ping(self) -> None:
        async with asyncio.timeout(_CONNECT_SECONDS):
            await self.redis.ping()

    async def close(self) -> None:
        """Close all connections."""
        if self._reconnecting is not None:
            self._reconnecting.cancel()
            with suppress(asyncio.CancelledError):
                await self._reconnecting
        await self.redis.aclose()
        await self.redis.connection_pool.disconnect()
