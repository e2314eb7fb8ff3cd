"""count_sessions: whatever is redelivered, copied or restarted, each session counts once, in its worst state."""

import random
from typing import Any

import msgspec
import pytest

from schemas.records import ROLLUP_WIDTH
from schemas.sessions import SessionReport
from tests.driver.topology_driver import NOW, TopologyDriver

STATES = ("healthy", "errored", "abnormal", "crashed")


async def pipe(driver: TopologyDriver, report: SessionReport) -> None:
    key = f"{report.project}:{report.id}".encode()
    await driver.pipe("sessions-received", key, msgspec.json.encode(report), [])


def totals(counts: list[dict[str, Any]]) -> dict[tuple[str, int], tuple[Any, ...]]:
    """By release and bucket: sessions, and those at least errored, abnormal and crashed; and the users of all and of the
    crashed."""
    latest: dict[Any, list[int]] = {}
    users: dict[tuple[str, int], tuple[set[int], set[int]]] = {}
    for count in counts:
        place = count["release"], count["bucket"]
        identity = *place, count["partition"], count["opened"]
        numbers = [count[name] for name in ("sessions", "errored", "abnormal", "crashed")]
        latest[identity] = [max(pair) for pair in zip(latest.get(identity, [0] * 4), numbers, strict=True)]
        of_place = users.setdefault(place, (set(), set()))
        of_place[0].update(count["users"])
        of_place[1].update(count["crashed_users"])
    sums: dict[tuple[str, int], list[int]] = {}
    for (release, bucket, *_), numbers in latest.items():
        known = sums.get((release, bucket), [0] * 4)
        sums[release, bucket] = [sum(pair) for pair in zip(known, numbers, strict=True)]
    return {place: (*numbers, *users[place]) for place, numbers in sums.items()}


def expected(reports: list[SessionReport]) -> dict[tuple[str, int], tuple[Any, ...]]:
    found: dict[tuple[str, int], tuple[Any, ...]] = {}
    for id in {report.id for report in reports}:
        of_id = [report for report in reports if report.id == id]
        worst = max(level for report in of_id for level in range(4) if getattr(report, STATES[level]))
        place = of_id[0].release, int(of_id[0].started // ROLLUP_WIDTH * ROLLUP_WIDTH)
        numbers, users = (
            list(found.get(place, (0, 0, 0, 0))[:4]),
            found.get(place, (0, 0, 0, 0, set(), set()))[4:],
        )
        for level in range(worst + 1):
            numbers[level] += 1
        users[0].add(of_id[0].user)
        if worst == 3:
            users[1].add(of_id[0].user)
        found[place] = (*numbers, *users)
    return found


@pytest.mark.parametrize(
    "flavour", ["straight", "copied", "redelivered", "restarted", "recovered", "everything"]
)
async def test_sessions_are_counted_exactly(topology, flavour):
    chosen = random.Random(3)
    sessions = [
        (f"s{number}", chosen.choice("12"), NOW - chosen.randrange(2000), chosen.randrange(10))
        for number in range(25)
    ]
    reports = [
        SessionReport(1, id, release, "", started, user=user, **{chosen.choice(STATES): 1})
        for id, release, started, user in chosen.choices(sessions, k=80)
    ]
    async with topology(["detect"]) as driver:
        for part in (reports[:30], reports[30:]):
            for report in part:
                await pipe(driver, report)
            await driver.settle()
            if flavour in ("copied", "everything"):
                await driver.copy("sessions-received")
            if flavour in ("restarted", "recovered"):
                await driver.restart(forget_state=flavour == "recovered")
            if flavour in ("redelivered", "everything"):
                await driver.redeliver(forget_state=flavour == "everything")
            await driver.settle()
        assert totals(await driver.read_json("sessions-counted")) == expected(reports)


async def test_old_sessions_are_forgotten_and_further_totals_open(topology):
    async with topology(["detect"], session_window=3600.0) as driver:
        await pipe(driver, SessionReport(1, "a", "1", "", NOW, healthy=1))
        await driver.settle()
        assert len(driver.table("sessions")) == 2
        assert await driver.advance(2 * 3600) == 0
        assert await driver.advance(2 * ROLLUP_WIDTH) == 2
        await pipe(driver, SessionReport(1, "b", "1", "", NOW, crashed=1))
        await driver.settle()
        counts = await driver.read_json("sessions-counted")
        assert len({count["opened"] for count in counts}) == 2
        assert list(totals(counts).values()) == [(2, 1, 1, 1, set(), set())]


async def test_a_record_that_is_no_report_is_put_aside(topology):
    async with topology(["detect"]) as driver:
        await driver.pipe("sessions-received", b"1:x", b"{}", [])
        await pipe(driver, SessionReport(1, "a", "1", "", NOW, healthy=1))
        await driver.settle()
        assert len(await driver.read("sessions-received-dlq")) == 1
        assert len(await driver.read("sessions-counted")) == 1
