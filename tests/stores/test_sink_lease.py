"""The clickhouse sink's lease of its partitions: asked for at each attempt, and the end of the batch once it is over."""

import math
import time
from types import SimpleNamespace

import pytest
from event_factory import make_record
from stored_totals import stored_events

from agents.guard import Guard
from agents.sinks.clickhouse.encode import EVENT_COLUMNS, event_row_of, lease_until
from agents.sinks.clickhouse.insert import Target, insert_rows
from settings import Settings
from stores.errors import LeaseExpired, StoreUnavailable

TARGET = Target("clickhouse_events", "events", EVENT_COLUMNS, leased=True)


class Sink:
    """What ``insert_rows`` needs of a stage. ``leases`` are given one after the other, the last for ever."""

    def __init__(self, store, leases, failures=0):
        self.config = SimpleNamespace(settings=Settings(clickhouse_batch=10))
        self.stores = SimpleNamespace(events=self)
        self.asked = 0
        self._store, self._leases, self._failures = store, leases, failures

    def lease_until(self):
        self.asked += 1
        return self._leases[min(self.asked, len(self._leases)) - 1]

    async def insert(self, *block):
        await self._store.insert(*block)
        if self._failures:
            self._failures -= 1
            raise StoreUnavailable("the answer was lost, says the test")


def _guard():
    return Guard("clickhouse_events", "events-fingerprinted", Settings())


def _rows(count):
    records = [make_record(serial) for serial in range(count)]
    return [(record, event_row_of(record)) for record in records]


async def test_a_batch_whose_lease_is_over_is_abandoned(analytical_store):
    guard = _guard()
    sink = Sink(analytical_store, [time.time() - 1])
    with pytest.raises(LeaseExpired):
        await insert_rows(sink, TARGET, _rows(5), guard)
    assert sink.asked == 1, "it is not tried again"
    assert guard.take_bad(5) == [], "nothing is wrong with the records"
    assert await stored_events(analytical_store) == {}


async def test_a_batch_whose_lease_ends_between_two_blocks_is_stored_in_part(analytical_store):
    """The next owner reads back what is stored of it."""
    sink = Sink(analytical_store, [time.time() + 60, time.time() - 1])
    with pytest.raises(LeaseExpired):
        await insert_rows(sink, TARGET, _rows(15), _guard())
    assert await stored_events(analytical_store) == {1: (10, 10)}


async def test_each_attempt_asks_for_the_lease(analytical_store):
    sink = Sink(analytical_store, [time.time() + 60, math.inf], failures=1)
    await insert_rows(sink, TARGET, _rows(5), _guard())
    assert sink.asked == 2
    assert await stored_events(analytical_store) == {1: (5, 5)}, "the retry is the same block"
    last = await analytical_store.query("SELECT max(lease_until) AS lease FROM events")
    assert last[0]["lease"].timestamp() < time.time() + 61


async def test_a_lease_that_is_over_at_the_retry_ends_the_batch(analytical_store):
    sink = Sink(analytical_store, [time.time() + 60, time.time() - 1], failures=1)
    with pytest.raises(LeaseExpired):
        await insert_rows(sink, TARGET, _rows(5), _guard())
    assert sink.asked == 2


async def test_rows_without_a_lease_do_without(analytical_store):
    sink = Sink(analytical_store, [time.time() - 1])
    await insert_rows(sink, Target("clickhouse_events", "events", EVENT_COLUMNS), _rows(3), _guard())
    assert sink.asked == 0
    assert await stored_events(analytical_store) == {1: (3, 3)}


@pytest.mark.parametrize(
    ("until", "value"), [(math.inf, 4_102_444_800_000), (1.0009, 1000), (1e12, 4_102_444_800_000)]
)
def test_leases_as_milliseconds(until, value):
    assert lease_until(until) == value
