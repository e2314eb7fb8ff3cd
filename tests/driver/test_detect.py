"""track and count behind the process stage: whatever is redelivered, copied or restarted, nothing is counted twice."""

import pytest

from schemas.records import ROLLUP_WIDTH
from tests.driver.topology_driver import NOW, TopologyDriver

STAGES = ["process", "detect"]


async def disturb(driver: TopologyDriver, flavour: str) -> None:
    if flavour == "copied upstream":
        await driver.copy("events-deduplicated")
        await driver.settle()
        await driver.copy("events-fingerprinted")
    elif flavour == "redelivered":
        await driver.redeliver()
    elif flavour == "restarted":
        await driver.restart()
    elif flavour == "recovered from changelogs":
        await driver.restart(forget_state=True)
    elif flavour == "everything":
        await driver.copy("events-fingerprinted")
        await driver.redeliver(forget_state=True)
    await driver.settle()


def totals(counts, width=10):
    """The latest total of each bucket of a width and each partition, added up by issue."""
    latest = {}
    for count in counts:
        if count["width"] != width:
            continue
        scope = count["issue_id"], count["bucket"], count["level"], count["partition"], count["opened"]
        latest[scope] = max(latest.get(scope, 0), count["total"])
    by_issue: dict[str, int] = {}
    for (issue, *_), total in latest.items():
        by_issue[issue] = by_issue.get(issue, 0) + total
    return by_issue


FLAVOURS = [
    "straight",
    "copied upstream",
    "redelivered",
    "restarted",
    "recovered from changelogs",
    "everything",
]


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_counts_are_exact(topology, make_error, flavour):
    async with topology(STAGES) as driver:
        for number in range(60):
            await driver.pipe_event(make_error(f"f{number % 4}", timestamp=NOW - number))
            if number == 20:
                await driver.settle()
                await disturb(driver, flavour)
        await driver.settle()
        await disturb(driver, flavour)
        counts = await driver.read_json("errors-counted")
        assert sorted(totals(counts).values()) == [15, 15, 15, 15]
        assert sorted(totals(counts, ROLLUP_WIDTH).values()) == [15, 15, 15, 15, 60]


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_an_issue_is_created_once(topology, make_error, flavour):
    async with topology(STAGES) as driver:
        for number in range(12):
            await driver.pipe_event(make_error(f"f{number % 4}"))
        await driver.settle()
        await disturb(driver, flavour)
        changes = await driver.read_json("issues-tracked")
        assert len({change["id"] for change in changes}) == 4
        assert {change["change"] for change in changes} == {"created"}


async def test_a_bucket_that_was_forgotten_gets_a_further_total(topology, make_error):
    async with topology(STAGES, count_lateness=60.0, count_bucket=10) as driver:
        await driver.pipe_event(make_error(timestamp=NOW))
        await driver.pipe_event(make_error(timestamp=NOW + 1))
        await driver.settle()
        assert len(driver.table("counts")) == 3
        assert await driver.advance(100) == 1
        assert await driver.advance(ROLLUP_WIDTH) == 2
        await driver.pipe_event(make_error(timestamp=NOW))
        await driver.settle()
        counts = await driver.read_json("errors-counted")
        assert len({count["opened"] for count in counts}) == 2
        assert list(totals(counts).values()) == [3]
        assert list(totals(counts, ROLLUP_WIDTH).values()) == [3, 3]


async def test_state_and_changelog_agree(topology, make_error):
    async with topology(STAGES) as driver:
        for number in range(25):
            await driver.pipe_event(make_error(f"f{number % 5}"))
        await driver.settle()
        before = driver.table("counts"), driver.table("issues")
        await driver.restart(forget_state=True)
        await driver.settle()
        assert (driver.table("counts"), driver.table("issues")) == before
