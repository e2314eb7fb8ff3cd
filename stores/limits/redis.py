"""Token buckets in Redis, shared by all processes of the edge, or of the API.

One call is under way at a time, and takes along all that has come up since the one before: a round trip costs the Python
client far more than a request in it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

from redis.asyncio import Redis

from stores.errors import StoreUnavailable
from stores.limits.local import LocalLimits
from stores.ports import Bucket, RateLimits, Shortage
from stores.redis_client import RedisClient

EDGE_TIMEOUT = 0.05
"""Seconds that a request of the edge waits at most: it has many, and each is soon answered."""
_TAKES = 200
"""Most requests of one call. Redis serves nobody else while it runs the script."""

#: KEYS are the buckets of all requests one after the other; ARGV has for each request its tokens and number of buckets, then
#: for each bucket its rate and capacity. Returns for each request which of its buckets (from 1) has less than one token, or 0,
#: and how much that has. The time is Redis's own, since the clocks of several machines differ. A bucket is a hash, and is
#: forgotten when it would be full again: a bucket that is not there is full.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local answers, key, arg = {}, 0, 1
while ARGV[arg] do
  local taken, buckets = tonumber(ARGV[arg]), tonumber(ARGV[arg + 1])
  local levels, short = {}, 0
  for i = 1, buckets do
    local rate, capacity = tonumber(ARGV[arg + 2 * i]), tonumber(ARGV[arg + 2 * i + 1])
    local stored = redis.call('HMGET', KEYS[key + i], 'tokens', 'at')
    local tokens, at = tonumber(stored[1]) or capacity, tonumber(stored[2]) or now
    levels[i] = math.min(capacity, tokens + math.max(0, now - at) * rate)
    if levels[i] < 1 then short = i break end
  end
  if short == 0 then
    for i = 1, buckets do
      local rate, capacity = tonumber(ARGV[arg + 2 * i]), tonumber(ARGV[arg + 2 * i + 1])
      local left = levels[i] - taken
      redis.call('HSET', KEYS[key + i], 'tokens', tostring(left), 'at', string.format('%.6f', now))
      redis.call('PEXPIRE', KEYS[key + i], math.ceil((capacity - left) / rate * 1000))
    end
  end
  answers[#answers + 1] = short
  answers[#answers + 1] = short == 0 and '0' or tostring(levels[short])
  key, arg = key + buckets, arg + 2 + 2 * buckets
end
return answers
"""


class _Take(NamedTuple):
    buckets: Sequence[Bucket]
    tokens: int
    answer: asyncio.Future[Shortage | None]


class RedisLimits:
    """``RateLimits`` in Redis. While it is away or slow, ``local`` counts for this process alone."""

    def __init__(self, client: RedisClient, local: LocalLimits) -> None:
        self._client = client
        self._local = local
        self._script = client.redis.register_script(_TAKE)
        self._queue: list[_Take] = []
        self._running: asyncio.Task[None] | None = None

    async def take(self, buckets: Sequence[Bucket], tokens: int) -> Shortage | None:
        """Take tokens of each bucket, or of none."""
        if self._client.is_away:
            return await self._local.take(buckets, tokens)
        take = _Take(buckets, tokens, asyncio.get_running_loop().create_future())
        self._queue.append(take)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await take.answer

    async def _run(self) -> None:
        while self._queue:
            takes, self._queue = self._queue[:_TAKES], self._queue[_TAKES:]
            try:
                answers = await self._client.call(partial(self._ask, takes))
            except StoreUnavailable:
                answers = [await self._local.take(take.buckets, take.tokens) for take in takes]
            for take, answer in zip(takes, answers, strict=True):
                if not take.answer.done():
                    take.answer.set_result(answer)
        self._running = None

    async def _ask(self, takes: Sequence[_Take], redis: Redis) -> list[Shortage | None]:
        keys = [bucket_key(bucket) for take in takes for bucket in take.buckets]
        arguments: list[float] = []
        for take in takes:
            arguments += (take.tokens, len(take.buckets))
            for bucket in take.buckets:
                arguments += (bucket.rate, bucket.capacity)
        found = await self._script(keys, arguments, client=redis)
        return [
            Shortage(take.buckets[short - 1], float(left)) if short else None
            for take, short, left in zip(takes, found[::2], found[1::2], strict=True)
        ]


@asynccontextmanager
async def open_limits(url: str, timeout: float) -> AsyncIterator[RateLimits]:
    """Buckets in the Redis of ``url``, which is waited for at most ``timeout`` seconds; where there is no ``url``, buckets of
    this process alone."""
    local = LocalLimits(time.monotonic)
    if not url:
        yield local
        return
    client = RedisClient(url, "limits", timeout, connections=1)
    try:
        await client.connect()
        yield RedisLimits(client, local)
    finally:
        await client.close()


def bucket_key(bucket: Bucket) -> str:
    """The key of a bucket."""
    return f"stacktide:limit:{bucket.scope}:{bucket.id}"
