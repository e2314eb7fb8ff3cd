"""One suite for the rate limits of a process and for those in Redis; and what only the latter can do."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from infra.servers.redis import Redis
from stores.limits import LocalLimits, RedisLimits
from stores.limits.redis import bucket_key
from stores.ports import Bucket, RateLimits, Shortage
from stores.redis_client import RedisClient

pytestmark = pytest.mark.timeout(60)

#: Slow, so that what real time adds to Redis's buckets during a test is far from a token.
RATE = 0.1
KEY = Bucket("key", 1, RATE, 5.0)
PROJECT = Bucket("project", 1, RATE, 3.0)


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@dataclass
class Subject:
    """Rate limits, and a way to let time pass for them."""

    limits: RateLimits
    advance: Callable[[float], Awaitable[None]]

    async def passes(self, *buckets: Bucket, tokens: int = 1) -> bool:
        return await self.limits.take(buckets, tokens) is None


def _local() -> Subject:
    now = [1_700_000_000.0]

    async def advance(seconds: float) -> None:
        now[0] += seconds

    return Subject(LocalLimits(lambda: now[0]), advance)


@asynccontextmanager
async def _client(server: Redis, timeout: float = 5.0) -> AsyncIterator[RedisClient]:
    client = RedisClient(server.url, "limits", timeout, connections=4)
    try:
        yield client
    finally:
        await client.close()


def _in_redis(client: RedisClient) -> Subject:
    async def advance(seconds: float) -> None:
        # Redis's clock cannot be set, so the buckets are made older.
        async for key in client.redis.scan_iter("stacktide:limit:*"):
            at = float(await client.redis.hget(key, "at") or 0)
            await client.redis.hset(key, "at", str(at - seconds))

    return Subject(RedisLimits(client, LocalLimits(time.time)), advance)


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.servers)])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    if request.param == "local":
        yield _local()
        return
    async with _client(request.getfixturevalue("redis")) as client:
        await client.redis.flushall()
        yield _in_redis(client)


async def test_a_bucket_is_full_at_first_and_fills_at_its_rate(subject: Subject) -> None:
    assert [await subject.passes(KEY) for _ in range(7)] == [True] * 5 + [False] * 2
    await subject.advance(1 / RATE)
    assert await subject.passes(KEY)
    assert not await subject.passes(KEY)


async def test_it_holds_no_more_than_its_capacity(subject: Subject) -> None:
    assert await subject.passes(KEY)
    await subject.advance(1e6)
    assert [await subject.passes(KEY) for _ in range(6)] == [True] * 5 + [False]


async def test_a_batch_is_taken_on_credit(subject: Subject) -> None:
    assert await subject.passes(KEY, tokens=9)
    shortage = await subject.limits.take([KEY], 1)
    assert shortage is not None
    assert shortage.bucket == KEY
    assert shortage.tokens == pytest.approx(-4, abs=0.5)
    await subject.advance(4 / RATE)
    assert not await subject.passes(KEY)
    await subject.advance(1 / RATE)
    assert await subject.passes(KEY)


async def test_each_bucket_must_have_a_token_else_none_is_taken(subject: Subject) -> None:
    for _ in range(3):
        assert await subject.passes(KEY, PROJECT)
    for _ in range(10):
        shortage = await subject.limits.take([KEY, PROJECT], 1)
        assert isinstance(shortage, Shortage)
        assert shortage.bucket == PROJECT
    assert [await subject.passes(KEY) for _ in range(3)] == [True, True, False]


async def test_buckets_are_their_own(subject: Subject) -> None:
    assert await subject.passes(PROJECT, tokens=100)
    assert not await subject.passes(PROJECT)
    assert await subject.passes(KEY)
    assert await subject.passes(PROJECT._replace(id=2))


async def test_buckets_of_a_process_that_are_full_again_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stores.limits.local._MOST", 100)
    now = [0.0]
    limits = LocalLimits(lambda: now[0])
    assert await limits.take([KEY], 5) is None
    for number in range(1_000):
        now[0] += 1.0
        assert await limits.take([PROJECT._replace(id=number, rate=1.0)], 1) is None
        if number % 10 == 0:
            await limits.take([KEY], 1)
    # Each is full again after a second, but one that is in use is kept.
    assert len(limits._levels) <= 101
    assert await limits.take([KEY], 5) is None
    shortage = await limits.take([KEY], 1)
    assert shortage is not None
    assert shortage.tokens == pytest.approx(-4)


@pytest.mark.servers
async def test_processes_share_the_buckets_of_redis(redis: Redis) -> None:
    async with _client(redis) as one, _client(redis) as two:
        await one.redis.flushall()
        first, second = _in_redis(one), _in_redis(two)
        results = await asyncio.gather(*(who.passes(KEY) for who in (first, second) for _ in range(20)))
    assert sum(results) == 5


@pytest.mark.servers
async def test_many_at_once_are_each_answered(redis: Redis) -> None:
    async with _client(redis) as client:
        await client.redis.flushall()
        subject = _in_redis(client)
        scarce = [KEY._replace(id=number, capacity=float(number % 3 + 1)) for number in range(300)]
        for turn in range(3):
            passed = await asyncio.gather(*(subject.passes(PROJECT._replace(id=b.id), b) for b in scarce))
            assert passed == [turn < bucket.capacity for bucket in scarce]


@pytest.mark.servers
async def test_a_full_bucket_is_forgotten(redis: Redis) -> None:
    async with _client(redis) as client:
        await client.redis.flushall()
        subject = _in_redis(client)
        fast = Bucket("key", 9, 20.0, 2.0)
        assert await subject.passes(fast)
        assert 0 < await client.redis.pttl(bucket_key(fast)) <= 50
        while await client.redis.exists(bucket_key(fast)):
            await asyncio.sleep(0.01)


@pytest.mark.servers
async def test_without_redis_each_process_counts_for_itself_until_it_is_back(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    server = Redis(tmp_path_factory.mktemp("redis"))
    server.start()
    try:
        async with _client(server, timeout=1.0) as client:
            subject = _in_redis(client)
            assert await subject.passes(KEY, tokens=9)
            assert not await subject.passes(KEY)
            server.kill()
            assert [await subject.passes(KEY) for _ in range(6)] == [True] * 5 + [False]
            server.start()
            async with asyncio.timeout(20):
                while client.is_away:
                    await asyncio.sleep(0.02)
            assert not await subject.passes(KEY), "Redis kept what had been taken on credit"
    finally:
        server.stop()


@pytest.mark.servers
async def test_a_redis_that_hangs_is_not_waited_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    server = Redis(tmp_path_factory.mktemp("redis"))
    server.start()
    [process] = server.process_ids
    try:
        async with _client(server, timeout=0.05) as client:
            subject = _in_redis(client)
            await client.redis.ping()
            os.kill(process, signal.SIGSTOP)
            began = time.monotonic()
            for number in range(200):
                assert await subject.passes(KEY._replace(id=number))
            # Waiting for each would take 10 s.
            assert time.monotonic() - began < 5
            assert client.is_away
            os.kill(process, signal.SIGCONT)
    finally:
        server.stop()
