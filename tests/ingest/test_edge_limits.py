"""Rate limits, the key cache and the gathering of outcomes: as parts, and over HTTP."""

import asyncio
from pathlib import Path

import pytest
from edge_server import KEY, OTHER_KEY, Clock, RunningEdge, outcomes_of, run_edge, run_log
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import Forbidden, Overloaded, RateLimited, Unauthorised
from ingest.keys import KeyCache
from ingest.limits import RateLimiter
from ingest.outcomes import OutcomeRecorder, Refused
from settings import Settings
from stores.errors import StoreUnavailable
from stores.limits import LocalLimits
from stores.operational import SqlOperationalStore
from stores.ports import ProjectKey

GOOD = b'{}\n{"type":"event"}\n{}'


class TestOverHttp:
    """A key may send two events at once, and one per second."""

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return Settings(data=tmp_path, key_rate_limit=1.0, rate_limit_burst=2.0)

    async def test_limit_and_recovery(self, edge: RunningEdge) -> None:
        for expected in (200, 200, 429, 429):
            async with edge.post("/api/1/envelope/", data=GOOD) as answer:
                assert answer.status == expected
        assert answer.headers["Retry-After"] == "1"
        assert answer.headers["X-Sentry-Rate-Limits"] == "1:error;default;security:key:key_rate_limit"
        assert len(await edge.received()) == 2
        assert {(o.outcome, o.reason, o.quantity) for o in await edge.outcomes()} == {
            ("rate_limited", "key_rate_limit", 2)
        }
        headers = {"X-Sentry-Auth": f"Sentry sentry_key={OTHER_KEY}"}
        async with edge.post("/api/2/envelope/", data=GOOD, headers=headers) as answer:
            assert answer.status == 200
        edge.clock.now += 1
        await edge.assert_alive()

    async def test_transactions_do_not_count(self, edge: RunningEdge) -> None:
        for _ in range(5):
            async with edge.post("/api/1/envelope/", data=b'{}\n{"type":"transaction"}\n{}') as answer:
                assert answer.status == 200

    async def test_a_batch_is_taken_on_credit(self, edge: RunningEdge) -> None:
        headers = {"X-Stacktide-Key": KEY}
        async with edge.post("/api/v1/events", data=b"[{},{},{},{},{}]", headers=headers) as answer:
            assert answer.status == 202
        async with edge.post("/api/v1/events", data=b"[{},{}]", headers=headers) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "4")
        [outcome] = await edge.outcomes()
        assert outcome.quantity == 2


async def test_limits_of_keys_and_projects_are_their_own() -> None:
    clock = Clock()
    limiter = RateLimiter(Settings(project_rate_limit=1.0, rate_limit_burst=1.0), LocalLimits(clock))
    unlimited = ProjectKey(key_id=1, project=1, rate_limit=None, project_rate_limit=0.0)
    for _ in range(100):
        await limiter.take(unlimited, 1)
    fast = ProjectKey(key_id=2, project=2, rate_limit=100.0, project_rate_limit=None)
    await limiter.take(fast, 1)
    clock.now += 0.5
    with pytest.raises(RateLimited) as refusal:
        await limiter.take(fast, 1)
    assert refusal.value.scope == "project"
    clock.now += 0.5
    await limiter.take(fast, 1)
    clock.now -= 100
    with pytest.raises(RateLimited):
        await limiter.take(fast, 1)


@given(
    rate=st.floats(0.1, 100),
    burst=st.floats(0.1, 20),
    steps=st.lists(st.tuples(st.floats(0, 5), st.integers(1, 10)), max_size=60),
)
async def test_no_more_passes_than_the_rate_allows(
    rate: float, burst: float, steps: list[tuple[float, int]]
) -> None:
    """Over any time from the start: at most the burst, what has flown in since, and one batch on credit."""
    clock = Clock()
    limiter = RateLimiter(Settings(key_rate_limit=rate, rate_limit_burst=burst), LocalLimits(clock))
    key = ProjectKey(1, 1, None, None)
    start, passed = clock.now, 0
    for wait, events in steps:
        clock.now += wait
        try:
            await limiter.take(key, events)
        except RateLimited as refusal:
            assert refusal.retry_after >= 1
        else:
            passed += events
            assert passed <= max(1.0, rate * burst) + rate * (clock.now - start) + events + 1e-4


class CountingStore(SqlOperationalStore):
    """A real store that counts how often it is asked for a key, and can be made to fail."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked = 0
        self.is_away = False

    async def find_key(self, public_key: str) -> ProjectKey | None:
        self.asked += 1
        if self.is_away:
            raise StoreUnavailable("away")
        return await super().find_key(public_key)


async def test_keys_are_remembered_for_a_while(tmp_path: Path) -> None:
    store, clock = CountingStore(f"sqlite+aiosqlite:///{tmp_path}/o.sqlite3"), Clock()
    await store.migrate()
    project = await store.add_project("shop")
    key = await store.add_key(project.id, public_key=KEY)
    cache = KeyCache(store, 5.0, clock)
    try:
        found = await asyncio.gather(*(cache.find(KEY, project.id) for _ in range(20)))
        assert {entry.key_id for entry in found} == {key.key_id}
        assert store.asked == 1
        with pytest.raises(Forbidden):
            await cache.find(KEY, 99)

        for _ in range(3):
            with pytest.raises(Unauthorised):
                await cache.find(OTHER_KEY, None)
            with pytest.raises(Unauthorised):
                await cache.find("not a key", None)
        assert store.asked == 2

        await store.revoke_key(KEY)
        await store.add_key(project.id, public_key=OTHER_KEY)
        assert (await cache.find(KEY, None)).key_id == key.key_id
        clock.now += 5
        store.is_away = True
        assert (await cache.find(KEY, None)).key_id == key.key_id
        with pytest.raises(StoreUnavailable):
            await cache.find(OTHER_KEY, None)
        store.is_away = False
        clock.now += 5
        with pytest.raises(Unauthorised):
            await cache.find(KEY, None)
        assert (await cache.find(OTHER_KEY, None)).project == project.id
    finally:
        await store.close()


async def test_a_flood_of_refusals_becomes_few_records(tmp_path: Path) -> None:
    clock = Clock()
    async with run_log(tmp_path) as log:
        recorder = OutcomeRecorder(log, clock)
        refused = Refused(1, 7, "invalid", "invalid_json", "error")
        for _ in range(10_000):
            recorder.record(refused)
        recorder.record(refused._replace(project=2), 5)
        assert await recorder.flush()
        assert await recorder.flush()
        records = await log.records("outcomes-recorded")
    assert [record.key for record in records] == [b"1", b"2"]
    outcomes = outcomes_of(records)
    assert [(o.project, o.key_id, o.quantity, o.at) for o in outcomes] == [
        (1, 7, 10_000, clock.now),
        (2, 7, 5, clock.now),
    ]
    assert len({o.id for o in outcomes}) == 2


async def test_outcomes_wait_for_the_log_and_keep_their_ids(tmp_path: Path) -> None:
    async with run_log(tmp_path) as log:
        recorder = OutcomeRecorder(log, Clock())
        log.failure, log.loses_answer = StoreUnavailable("who knows"), True
        recorder.record(Refused(1, 1, "invalid", "a", "error"))
        assert not await recorder.flush()
        recorder.record(Refused(1, 1, "invalid", "a", "error"), 4)
        assert not await recorder.flush()
        log.failure = None
        assert await recorder.flush()
        outcomes = outcomes_of(await log.records("outcomes-recorded"))
    assert len(outcomes) == 4, "three times the first batch, once the second"
    assert sum({o.id: o.quantity for o in outcomes}.values()) == 5


async def test_what_is_gathered_is_sent_at_the_end(tmp_path: Path) -> None:
    async with (
        run_edge(Settings(data=tmp_path)) as edge,
        edge.post("/api/1/envelope/", data=b"no envelope") as answer,
    ):
        assert answer.status == 400
    async with run_log(tmp_path / "log") as log:
        [outcome] = outcomes_of(await log.records("outcomes-recorded"))
    assert outcome.reason == "invalid_envelope"


class TestMemory:
    """All bodies together may take one mebibyte."""

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return Settings(data=tmp_path, edge_memory_bytes=1 << 20)

    async def test_no_room(self, edge: RunningEdge) -> None:
        async with edge.post("/api/1/envelope/", data=bytes(2 << 20)) as answer:
            assert answer.status == 503
            assert int(answer.headers["Retry-After"]) == Overloaded.retry_after
            assert (await answer.json())["error"]["code"] == "overloaded"
        assert edge.edge.memory.held == 0
        await edge.assert_alive()


class TestSlowClients:
    """A body must arrive in a twentieth of a second."""

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return Settings(data=tmp_path, request_timeout=0.05)

    async def test_body_that_never_ends(self, edge: RunningEdge) -> None:
        async def slowly():  # type: ignore[no-untyped-def]
            yield b"{}\n"
            await asyncio.sleep(60)

        async with edge.post("/api/1/envelope/", data=slowly()) as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (408, "timeout")
        await edge.assert_alive()
