"""Merging issues: the same counts, users and events, under one id, and back."""

import json

import pytest
from event_factory import START, hex_id, make_record, store_events

from agents.sinks.clickhouse.encode import COUNT_COLUMNS, count_row
from schemas.event import User
from schemas.records import ErrorCount
from tests.api.test_api_triage import change, store_changes

A, B, C = hex_id("a"), hex_id("b"), hex_id("c")


async def merge(served, into, *issues, expect=200):
    return await served.send("POST", "/issues/merge", {"into": into, "issues": list(issues)}, expect=expect)


async def unmerge(served, *issues):
    return (await served.send("POST", "/issues/unmerge", {"issues": list(issues)}))["unmerged"]


async def seen(served):
    """All that the API says of the three issues."""
    answers = [
        await served.get("/projects/1/issues", sort=sort, status="all") for sort in ("last_seen", "users")
    ]
    answers += [await served.get("/projects/1/search", q="failed")]
    for issue in (A, B, C):
        for path in ("", "/events", "/tags"):
            answers.append(await served.get(f"/issues/{issue}{path}"))
        answers.append(await served.get("/projects/1/search", q=f"issue:{issue}"))
        answers.append(await served.get("/projects/1/search", q=f"!issue:{issue}"))
        answers.append(await served.get("/projects/1/error-rates", issue=issue, window="10m", **RANGE))
    answers.append(await served.get("/projects/1/error-rates", group_by="issue", window="10m", **RANGE))
    return json.loads(json.dumps(answers))


RANGE = {"from": START, "to": START + 3600}


@pytest.fixture
async def issues(served):
    records = [
        make_record(n, issue="abc"[n % 3], user=User(id=str(n % 4)), tags={"n": str(n)}) for n in range(12)
    ]
    await store_events(served.api.events, records)
    counts = [(ErrorCount(1, issue, "", "", "error", int(START), 10, 0, "0:1:1", 4)) for issue in (A, B, C)]
    await served.api.events.insert("error_counts", COUNT_COLUMNS, [count_row(count) for count in counts])
    await store_changes(served, *(change(issue, "created", START + n) for n, issue in enumerate((A, B, C))))


@pytest.mark.usefixtures("issues")
async def test_merged_issues_are_one_and_come_apart_again(served):
    before = await seen(served)
    merged = await merge(served, A, B)
    assert (merged["id"], merged["count"], merged["users"], merged["merged"]) == (A, 8, 4, [B])
    assert await served.get(f"/issues/{B}") == merged
    [named] = (await served.get("/projects/1/issues", issue=B))["items"]
    assert (named["id"], named["count"]) == (A, 8)
    items = (await served.get("/projects/1/issues"))["items"]
    assert {item["id"]: (item["count"], item["users"]) for item in items} == {A: (8, 4), C: (4, 4)}
    for issue in (A, B):
        events = (await served.get(f"/issues/{issue}/events"))["items"]
        assert len(events) == 8 and {event["issue_id"] for event in events} == {A}
        found = (await served.get("/projects/1/search", q=f"issue:{issue}"))["items"]
        assert [event["event_id"] for event in found] == [event["event_id"] for event in events]
        others = (await served.get("/projects/1/search", q=f"!issue:{issue}"))["items"]
        assert {event["issue_id"] for event in others} == {C}
        rates = await served.get("/projects/1/error-rates", issue=issue, window="10m", **RANGE)
        assert sum(point[1] for point in rates["series"][0]["points"]) == 8
        assert (await served.get(f"/issues/{issue}/tags"))["events"] == 8
    grouped = await served.get("/projects/1/error-rates", group_by="issue", window="10m", **RANGE)
    assert {s["by"]["issue"]: sum(point[1] for point in s["points"]) for s in grouped["series"]} == {
        A: 8,
        C: 4,
    }
    one = await served.get(f"/projects/1/events/{hex_id(('event', 1, 1))}")
    assert one["issue_id"] == A
    assert await unmerge(served, B, C) == [B]
    assert await seen(served) == before


@pytest.mark.usefixtures("issues")
async def test_merging_goes_by_roots_and_back_step_by_step(served):
    before = await seen(served)
    await merge(served, A, B)
    between = await seen(served)
    assert (await merge(served, C, B))["id"] == C  # what B is part of, as a whole
    assert (await merge(served, A, C))["count"] == 12  # a circle changes nothing
    assert [item["id"] for item in (await served.get("/projects/1/issues"))["items"]] == [C]
    assert await unmerge(served, A) == [A]
    assert await seen(served) == between
    assert await unmerge(served, B) == [B]
    assert await seen(served) == before


@pytest.mark.usefixtures("issues")
async def test_decisions_are_for_all_members(served):
    await served.send("PATCH", f"/issues/{B}", {"status": "muted"})
    assert (await merge(served, A, B))["status"] == "unresolved"  # the target's
    await served.send("PATCH", f"/issues/{B}", {"status": "resolved"})
    decisions = await served.api.operational.triage.get(1, [A, B])
    assert {d.decision.status for d in decisions.values()} == {"resolved"}
    assert len({d.decision.decided for d in decisions.values()}) == 1
    assert (await served.get(f"/issues/{A}"))["status"] == "resolved"
    by_event = change(
        B, "regressed", served.api.clock(), "unresolved", 3, 1, decided=decisions[B].decision.decided
    )
    assert decisions[B].decision.version == 3
    await store_changes(served, by_event)
    assert (await served.get(f"/issues/{A}"))["substatus"] == "regressed"
    [listed] = (await served.get("/projects/1/issues", query="is:regressed"))["items"]
    assert listed["id"] == A
    # A decision that is only adopted does not undo what came after it.
    assert (await merge(served, A, C))["substatus"] == "regressed"


@pytest.mark.usefixtures("issues")
async def test_what_cannot_be_merged(served):
    await store_events(served.api.events, [make_record(99, issue="other", project=2)])
    other = hex_id("other")
    assert (await merge(served, A, other, expect=400))["code"] == "other_project"
    assert (await merge(served, A, hex_id("none"), expect=404))["code"] == "not_found"
    assert (await merge(served, A, expect=400))["code"] == "bad_body"
    assert (await merge(served, A, A))["merged"] == []
