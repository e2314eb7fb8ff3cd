"""Load while brokers, workers and stores are killed: at the end everything is stored and counted once.

``STACKTIDE_TEST_SEED`` chooses moments and victims, ``STACKTIDE_TEST_RATE`` the events per second.
"""

import asyncio
import os
import random
from collections import Counter

import pytest
from rich.console import Console
from rich.table import Table

from benchmarks.cluster import Cluster
from cluster.context import open_context
from settings import Settings
from tests.chaos.faults import Faults
from tests.chaos.load import Load
from tests.chaos.reckoning import Reckoning, reckon, wait_until_settled

SEED = int(os.environ.get("STACKTIDE_TEST_SEED", "20261122"))
RATE = float(os.environ.get("STACKTIDE_TEST_RATE", "200"))
#: Until the last fault is over, and some more.
SECONDS = 80.0

pytestmark = [pytest.mark.servers, pytest.mark.slow]


@pytest.mark.timeout(900)
async def test_nothing_acknowledged_is_lost_or_counted_twice(tmp_path):
    chance = random.Random(SEED)
    cluster = Cluster(tmp_path, brokers=3, STACKTIDE_ARCHIVE_LINGER="2", STACKTIDE_KAFKA_SESSION_TIMEOUT="10")
    context = None
    try:
        await asyncio.to_thread(start, cluster)
        clients = Load(cluster.parts["edge"].port, cluster.key, RATE, chance)
        faults = Faults(cluster, random.Random(SEED))
        await asyncio.gather(clients.run(SECONDS), faults.run())
        context = open_context(Settings.from_environment(cluster.environment), client_id="reckoning")
        settled = await wait_until_settled(context, timeout=180)
        found = await reckon(context)
        show(clients, faults, found, settled)
        check(clients, found)
    finally:
        if context is not None:
            await context.close()
        await asyncio.to_thread(cluster.stop)


def start(cluster: Cluster) -> None:
    """Every server, two workers for process and detect, one for each sink, and the edge."""
    cluster.start_servers()
    cluster.start_edge()
    workers = [cluster.start_worker(f"worker-{n}", "process", "detect", wait=False) for n in (1, 2)]
    workers += [
        cluster.start_worker(stage, stage, wait=False) for stage in ("clickhouse", "opensearch", "archive")
    ]
    for worker in workers:
        worker.wait_ready()


def check(clients: Load, found: Reckoning) -> None:
    """Everything agrees, to the last event."""
    once = Counter(clients.acknowledged)
    assert found.clickhouse == once
    assert found.opensearch == once
    assert found.archive == once
    assert found.counted == found.issues
    assert found.created == dict.fromkeys(found.issues, 1)
    assert found.outcomes["accepted"] == len(once)
    assert sum(found.outcomes.values()) == found.received
    assert found.outcomes["duplicate"] >= clients.repeats > 0
    assert not found.quarantined


def show(clients: Load, faults: Faults, found: Reckoning, settled: float) -> None:
    """Print what happened and what came of it."""
    console = Console(width=110)
    for line in faults.log:
        console.print(line, highlight=False)
    table = Table("", "events", "twice", box=None, title=f"seed {SEED}, {RATE:g} events/s")
    table.add_row("acknowledged", str(len(clients.acknowledged)), "")
    for name in ("clickhouse", "opensearch", "archive"):
        counts = getattr(found, name)
        table.add_row(name, str(len(counts)), str(sum(counts.values()) - len(counts)))
    table.add_row("counted", str(sum(found.counted.values())), "")
    table.add_row("received (with repeats)", str(found.received), "")
    table.add_row("outcomes", ", ".join(f"{count} {name}" for name, count in found.outcomes.items()), "")
    table.add_row("issues", f"{len(found.issues)}, created {sum(found.created.values())} times", "")
    table.add_row("quarantined", str(found.quarantined or "none"), "")
    table.add_row("answers", ", ".join(f"{name}: {count}" for name, count in clients.answers.items()), "")
    table.add_row("slowest answer", f"{clients.slowest:.1f} s", "")
    table.add_row("settled after the load", f"{settled:.1f} s", "")
    console.print(table)
