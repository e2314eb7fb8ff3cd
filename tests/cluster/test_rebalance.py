"""Members of a group join in the middle of a batch: nothing is lost, applied twice, or in two hands at once."""

import asyncio
import time
from itertools import pairwise
from typing import NamedTuple

import pytest

from agents import in_flight
from agents.records import Incoming
from agents.stage import StageApp
from schemas.rebalance import Rebalance
from tests.contract.stages import Bench, add_agent, numbered, ready, running, until


class Handled(NamedTuple):
    """A batch of one partition in the hands of a member."""

    member: str
    partition: int
    began: float
    ended: float
    finished: bool
    offsets: list[int]


@pytest.mark.slow
@pytest.mark.parametrize(("seconds", "grace"), [(0.5, 5.0), (3.0, 0.5)], ids=["finishes", "is broken off"])
async def test_a_member_joins_in_the_middle_of_a_batch(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, seconds: float, grace: float
) -> None:
    monkeypatch.setattr(in_flight, "GRACE", grace)
    handled: list[Handled] = []
    pause = seconds

    def member(name: str) -> StageApp:
        app = bench.stage(name)

        async def handler(batch: list[Incoming]) -> None:
            began, finished = time.monotonic(), False
            try:
                await asyncio.sleep(pause)
                finished = True
            finally:
                for partition in {record.position.partition for record in batch}:
                    offsets = [r.position.offset for r in batch if r.position.partition == partition]
                    handled.append(Handled(name, partition, began, time.monotonic(), finished, offsets))

        add_agent(app, bench.topic, handler, limit=20)
        return app

    first, second = member("one"), member("two")
    await bench.send(numbered(200))
    async with running(first):
        generation = first.consumer_generation_id
        await asyncio.sleep(0.1)
        async with running(second):
            await until(lambda: ready(first) and first.consumer_generation_id != generation)
            pause = 0.05
            await bench.until_committed(200)
    for partition in range(2):
        batches = sorted((b for b in handled if b.partition == partition), key=lambda b: b.began)
        for one, other in pairwise(batches):
            assert one.ended <= other.began, "no two members have a partition at once"
        offsets = [offset for batch in batches if batch.finished for offset in batch.offsets]
        assert offsets == list(range(len(offsets))), "applied once, in order, without a gap"
    assert sum(len(batch.offsets) for batch in handled if batch.finished) == 200
    assert {batch.member for batch in handled} == {"one", "two"}
    assert all(batch.finished for batch in handled) == (grace > seconds)


async def test_members_say_what_moved(bench: Bench) -> None:
    async def handler(batch: list[Incoming]) -> None:
        """Take records and do nothing with them."""

    def member(name: str) -> tuple[StageApp, list[Rebalance]]:
        app, seen = bench.stage(name), list[Rebalance]()
        app.config.on_rebalance = seen.append
        add_agent(app, bench.topic, handler)
        return app, seen

    (first, of_first), (second, of_second) = member("one"), member("two")
    async with running(first):
        assert of_first[-1].assigned == {bench.topic: [0, 1]}
        async with running(second):
            await until(lambda: any(one.revoked for one in of_first) and any(o.assigned for o in of_second))
    loss = next(one for one in of_first if one.revoked)
    assert loss.revoked == next(one.assigned for one in of_second if one.assigned)
    assert loss.kept == 1
