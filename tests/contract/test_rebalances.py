"""What a stage says of its rebalances, and what is kept of it, on both databases."""

from schemas.rebalance import Rebalance
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
