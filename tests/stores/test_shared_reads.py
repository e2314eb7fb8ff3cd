"""Questions that are asked at once are put once."""

import asyncio

import pytest

from stores.errors import StoreUnavailable
from stores.events.shared import SharedReads


class SlowStore:
    """Answers with how many questions there were before, once it is let."""

    def __init__(self):
        self.asked = []
        self.may = asyncio.Event()
        self.failure = None

    async def query(self, sql, parameters=None):
        self.asked.append((sql, parameters))
        number = len(self.asked)
        await self.may.wait()
        if self.failure:
            raise self.failure
        return [{"n": number}]


async def _ask(store, *questions):
    tasks = [asyncio.create_task(store.query(*question)) for question in questions]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_the_same_question_is_put_once_while_it_is_under_way():
    inner = SlowStore()
    store = SharedReads(inner)
    tasks = await _ask(store, ("a", {"x": 1}), ("a", {"x": 1}), ("a", {"x": 2}), ("b",), ("b",))
    assert inner.asked == [("a", {"x": 1}), ("a", {"x": 2}), ("b", None)]
    inner.may.set()
    answers = await asyncio.gather(*tasks)
    assert [rows[0]["n"] for rows in answers] == [1, 1, 2, 3, 3]
    assert await store.query("a", {"x": 1}) == [{"n": 4}]


async def test_who_goes_away_takes_nothing_from_the_others():
    inner = SlowStore()
    store = SharedReads(inner)
    first, second = await _ask(store, ("a",), ("a",))
    first.cancel()
    inner.may.set()
    assert await second == [{"n": 1}]
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_all_learn_of_a_failure_and_the_next_asks_again():
    inner = SlowStore()
    inner.failure = StoreUnavailable("away")
    store = SharedReads(inner)
    tasks = await _ask(store, ("a",), ("a",))
    inner.may.set()
    for task in tasks:
        with pytest.raises(StoreUnavailable):
            await task
    inner.failure = None
    assert await store.query("a") == [{"n": 2}]
