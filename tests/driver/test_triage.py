"""Decisions beside events: whatever is redelivered, copied or restarted, each change is made once, and the same."""

import msgspec
import pytest

from schemas.triage import Decision, Mute
from tests.driver.test_detect import FLAVOURS, disturb
from tests.driver.topology_driver import NOW

STAGES = ["process", "detect"]
TOPIC = "issues-triaged"


async def decide(driver, issue, version, status, **fields):
    decision = Decision(1, issue, version, status, NOW, **fields)
    await driver.pipe(TOPIC, issue.encode(), msgspec.json.encode(decision), [])
    await driver.settle()


async def changes_of(driver):
    """Changes by issue, each once, in their order."""
    found = {change["id"]: change for change in await driver.read_json("issues-tracked")}
    by_issue: dict[str, list[dict]] = {}
    for change in sorted(found.values(), key=lambda c: (c["triage_version"], c["sequence"])):
        by_issue.setdefault(change["issue_id"], []).append(change)
    return by_issue


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_issues_regress_and_are_unmuted_once(topology, make_error, flavour):
    async with topology(STAGES) as driver:
        for number in range(6):
            await driver.pipe_event(make_error(f"f{number}", timestamp=NOW - 10))
        await driver.settle()
        resolved, muted, *others = sorted(await changes_of(driver))
        for issue in (resolved, *others):
            await decide(driver, issue, 1, "resolved")
        await decide(driver, muted, 1, "muted", mute=Mute(events=3))
        await disturb(driver, flavour)
        for number in range(6):
            await driver.pipe_event(make_error(f"f{number}", timestamp=NOW + 10))
            await driver.pipe_event(make_error(f"f{number}", timestamp=NOW + 10))
        await driver.settle()
        await disturb(driver, flavour)
        for issue in others:
            await decide(driver, issue, 2, "resolved")
            await decide(driver, issue, 1, "unresolved")
        for number in range(6):
            await driver.pipe_event(make_error(f"f{number}", timestamp=NOW - 5))
        await driver.settle()
        await disturb(driver, flavour)
        found = {
            issue: [change["change"] for change in changes]
            for issue, changes in (await changes_of(driver)).items()
        }
        assert found[resolved] == ["created", "resolved", "regressed"]
        assert found[muted] == ["created", "muted"]
        for issue in others:
            assert found[issue] == ["created", "resolved", "regressed", "resolved"]


async def test_a_mute_counts_on_after_a_restart(topology, make_error):
    async with topology(STAGES) as driver:
        await driver.pipe_event(make_error(timestamp=NOW - 10))
        await driver.settle()
        [issue] = await changes_of(driver)
        await decide(driver, issue, 1, "muted", mute=Mute(events=4))
        for forget in (False, True, True):
            await driver.pipe_event(make_error(timestamp=NOW + 1))
            await driver.settle()
            await driver.restart(forget_state=forget)
        assert len(await driver.read("issues-tracked")) == 2
        await driver.pipe_event(make_error(timestamp=NOW + 1))
        await driver.settle()
        assert [change["change"] for change in (await changes_of(driver))[issue]] == [
            "created",
            "muted",
            "unmuted",
        ]


async def test_a_decision_that_cannot_be_read_is_put_aside(topology):
    async with topology(["detect"]) as driver:
        await driver.pipe(TOPIC, b"i", b'{"status": "gone"}', [])
        await driver.settle()
        assert len(await driver.read(TOPIC + "-dlq")) == 1


async def test_a_decision_that_was_taken_off_is_no_bad_record(topology, make_error):
    async with topology(STAGES) as driver:
        await driver.pipe_event(make_error("f"))
        await driver.settle()
        (issue,) = await changes_of(driver)
        await decide(driver, issue, 1, "resolved")
        before = await changes_of(driver)
        await driver.pipe(TOPIC, issue.encode(), b"", [])
        await driver.settle()
        assert await changes_of(driver) == before
        assert await driver.read(f"{TOPIC}-dlq") == []
