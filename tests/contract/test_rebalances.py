"""What a stage says of its rebalances, and what is kept of it, on both databases."""

import asyncio

from runtime.rebalances import RebalanceNotes
from schemas.rebalance import Rebalance
from stores.errors import StoreUnavailable
from stores.operational import rebalances
from tests.contract.stages import Bench, add_agent, running, until

WORKER = "worker-1:7"


async def nothing(batch):
    """Take records and do nothing with them."""


async def test_a_stage_says_what_it_was_given_and_what_it_kept(tmp_path):
    bench = Bench(None, tmp_path)
    seen = []
    app = bench.stage()
    app.config.on_rebalance = seen.append
    add_agent(app, "first", nothing)
    async with running(app):
        assert [one.assigned for one in seen] == [{"first": [0, 1]}]
        assert (seen[0].revoked, seen[0].kept, seen[0].seconds >= 0) == ({}, 0, True)
        late = app.topic("late", value_type=bytes)
        app.topics.add(late)
        await until(lambda: len(seen) > 1)
    assert (seen[-1].assigned, seen[-1].revoked, seen[-1].kept) == ({"late": [0, 1]}, {}, 2)


async def test_what_the_store_does_not_take_stops_nobody(operational_store, monkeypatch):
    notes = RebalanceNotes(operational_store, "detect")
    add = operational_store.rebalances.add
    refusals = [StoreUnavailable("away")]

    async def refuse_once(*given):
        if refusals:
            raise refusals.pop()
        await add(*given)

    monkeypatch.setattr(operational_store.rebalances, "add", refuse_once)
    task = asyncio.ensure_future(notes.run())
    for at in (1.0, 2.0):
        notes.note(Rebalance(at, 0.0, {}, {}, 3))
    found = []
    while not found:
        await asyncio.sleep(0.01)
        found = await operational_store.rebalances.find(0.0, None, None, 10)
    task.cancel()
    assert [(one.at.timestamp(), one.stage, one.kept) for one in found] == [(2.0, "detect", 3)]


async def test_the_latest_are_kept(operational_store, monkeypatch):
    monkeypatch.setattr(rebalances, "KEPT", 3)
    notes = operational_store.rebalances
    for number in range(5):
        await notes.add("detect", WORKER, Rebalance(100.0 + number, 0.5, {"t": [number]}, {"u": [1]}, 2))
    found = await notes.find(0.0, None, None, 10)
    assert [one.assigned for one in found] == [{"t": [4]}, {"t": [3]}, {"t": [2]}]
    assert (found[0].stage, found[0].worker, found[0].seconds, found[0].revoked, found[0].kept) == (
        "detect",
        WORKER,
        0.5,
        {"u": [1]},
        2,
    )
    assert found[0].at.timestamp() == 104.0
    assert [one.id for one in await notes.find(103.0, 104.0, None, 10)] == [found[1].id]
    assert [one.id for one in await notes.find(0.0, None, int(found[1].id), 1)] == [found[2].id]
