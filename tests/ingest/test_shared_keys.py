"""Keys that the edge's processes share in Redis, and how they hear of changes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from edge_server import KEY, OTHER_KEY, Clock
from test_edge_limits import CountingStore

from infra.servers.redis import Redis
from ingest.errors import Unauthorised
from ingest.keys import KeyCache
from stores.errors import StoreUnavailable
from stores.keys import AnnouncingStore, SharedKeys
from stores.redis_client import RedisClient

pytestmark = [pytest.mark.servers, pytest.mark.timeout(60)]
TTL = 5.0


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with Redis(tmp_path / "redis") as server:
        yield server


@pytest.fixture
async def shared(redis: Redis) -> AsyncIterator[SharedKeys]:
    client = RedisClient(redis.url, "keys", timeout=5.0, connections=8)
    yield SharedKeys(client)
    await client.close()


@pytest.fixture
async def store(tmp_path: Path, shared: SharedKeys) -> AsyncIterator[AnnouncingStore]:
    """What commands and the API use. The edges have stores of their own on the same database."""
    announcing = AnnouncingStore(_url(tmp_path), shared, pool=1)
    await announcing.migrate()
    await announcing.add_project("shop")
    await announcing.add_key(1, public_key=KEY)
    yield announcing
    await announcing.close()


def _url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder}/o.sqlite3"


@asynccontextmanager
async def edge(
    folder: Path, shared: SharedKeys, clock: Clock
) -> AsyncIterator[tuple[KeyCache, CountingStore]]:
    """One edge's cache, which listens, and its store."""
    counting = CountingStore(_url(folder))
    cache = KeyCache(counting, TTL, clock, shared)
    hears = asyncio.Event()

    def changed() -> None:
        cache.expire()
        hears.set()

    listening = asyncio.create_task(shared.listen(changed))
    try:
        await asyncio.wait_for(hears.wait(), 10)
        yield cache, counting
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await counting.close()


async def _knows(cache: KeyCache, key: str) -> bool:
    try:
        await cache.find(key, None)
    except Unauthorised:
        return False
    return True


async def _until(cache: KeyCache, key: str, known: bool) -> None:
    async with asyncio.timeout(10):
        while await _knows(cache, key) != known:
            await asyncio.sleep(0.005)


async def test_a_change_reaches_all_edges_at_once(
    tmp_path: Path, shared: SharedKeys, store: AnnouncingStore
) -> None:
    clock = Clock()
    async with edge(tmp_path, shared, clock) as (one, _), edge(tmp_path, shared, clock) as (two, _):
        for cache in (one, two):
            assert await _knows(cache, KEY)
            assert not await _knows(cache, OTHER_KEY)
        await store.revoke_key(KEY)
        await store.add_key(1, public_key=OTHER_KEY)
        # The clock stands still, so nothing expires by itself.
        for cache in (one, two):
            await _until(cache, KEY, known=False)
            await _until(cache, OTHER_KEY, known=True)


async def test_one_edge_asks_for_all_and_a_key_is_fresh_no_longer_for_it(
    tmp_path: Path, shared: SharedKeys, store: AnnouncingStore
) -> None:
    clock = Clock()
    async with (
        edge(tmp_path, shared, clock) as (one, first),
        edge(tmp_path, shared, clock) as (two, second),
    ):
        assert await _knows(one, KEY)
        clock.now += TTL - 1
        assert await _knows(two, KEY)
        assert (first.asked, second.asked) == (1, 0)
        clock.now += 1
        assert await _knows(two, KEY)
        assert (first.asked, second.asked) == (1, 1)


async def test_a_new_edge_knows_keys_while_the_store_is_away(
    tmp_path: Path, shared: SharedKeys, store: AnnouncingStore
) -> None:
    clock = Clock()
    async with edge(tmp_path, shared, clock) as (one, _):
        assert await _knows(one, KEY)
    clock.now += 100 * TTL
    async with edge(tmp_path, shared, clock) as (two, counting):
        counting.is_away = True
        assert await _knows(two, KEY)
        with pytest.raises(StoreUnavailable):
            await _knows(two, OTHER_KEY)
        counting.is_away = False
        await store.revoke_key(KEY)
        await _until(two, KEY, known=False)


async def test_without_redis_the_store_is_asked_and_changes_wait_for_the_ttl(
    tmp_path: Path, redis: Redis, shared: SharedKeys, store: AnnouncingStore
) -> None:
    clock = Clock()
    async with edge(tmp_path, shared, clock) as (cache, counting):
        redis.kill()
        assert await _knows(cache, KEY)
        assert counting.asked == 1
        await store.revoke_key(KEY)
        assert await _knows(cache, KEY)
        clock.now += TTL
        assert not await _knows(cache, KEY)
        redis.start()
        await store.add_key(1, public_key=OTHER_KEY)
        # Whoever listens again takes it that something has changed.
        await _until(cache, OTHER_KEY, known=True)
