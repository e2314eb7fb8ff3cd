"""Deciding about issues, and what is seen of it, before the stream has worked on it and after."""

import pytest
from event_factory import START, hex_id, make_record, store_events

from agents.sinks.clickhouse.encode import ISSUE_COLUMNS, issue_row
from agents.triage.step import triage
from schemas.records import IssueChange
from tests.api.conftest import NARROW, WRITER

DAY = 86_400
A, B, C = hex_id("a"), hex_id("b"), hex_id("c")


async def store_changes(served, *changes):
    await served.api.events.insert("issues", ISSUE_COLUMNS, [issue_row(change) for change in changes])


def change(issue, what, at=START, status="unresolved", version=0, sequence=1, **fields):
    return IssueChange(
        f"{issue}:{what}:{version}:{sequence}",
        1,
        issue,
        what,
        at,
        "",
        "",
        "",
        "error",
        "",
        status=status,
        triage_version=version,
        sequence=sequence,
        **fields,
    )


async def ids(served, **params):
    return sorted(item["id"] for item in (await served.get("/projects/1/issues", **params))["items"])


async def decided(served, issue):
    known = await served.api.operational.triage.get(1, [issue])
    return known[issue].decision


@pytest.fixture
async def issues(served):
    records = [make_record(n, issue=name, release=f"shop@1.{n}") for n, name in enumerate("abc")]
    await store_events(served.api.events, records)
    await store_changes(served, *(change(issue, "created") for issue in (A, B, C)))


@pytest.mark.usefixtures("issues")
async def test_all_that_match_are_decided_about_by_their_ids(served):
    listed = [item["id"] for item in (await served.get("/projects/1/issues"))["items"]]
    assert (await served.get("/projects/1/issues/ids")) == {"items": listed, "next_cursor": None}
    first = await served.get("/projects/1/issues/ids", limit=2)
    rest = await served.get("/projects/1/issues/ids", limit=2, cursor=first["next_cursor"])
    assert first["items"] + rest["items"] == listed and rest["next_cursor"] is None
    some = (await served.get("/projects/1/issues/ids", query="!release:shop@1.0"))["items"]
    assert sorted(some) == sorted([B, C])
    await served.send("PATCH", "/projects/1/issues", {"ids": some, "status": "resolved"})
    assert (await served.get("/projects/1/issues/ids"))["items"] == [A]
    await served.send("PATCH", "/projects/1/issues", {"ids": some, "assignee": "ada@example.com"})
    found = await served.get("/projects/1/issues/ids", query="assigned:ada@example.com", status="all")
    assert sorted(found["items"]) == sorted([B, C])
    assert (await served.get("/projects/1/issues/ids", query="is:nothing", expect=400))["error"]
    await served.get("/projects/1/issues/ids", token=NARROW, expect=404)


@pytest.mark.usefixtures("issues")
async def test_a_decision_is_seen_at_once_everywhere(served):
    answer = await served.send("PATCH", f"/issues/{A}", {"status": "resolved"})
    assert (answer["status"], answer["substatus"]) == ("resolved", None)
    assert (await served.get(f"/issues/{A}")) == answer
    assert await ids(served, status="resolved") == await ids(served, query="is:resolved") == [A]
    assert await ids(served) == await ids(served, query="!is:resolved", status="all") == sorted([B, C])
    assert len(await ids(served, status="all")) == 3
    await served.send("PATCH", f"/issues/{A}", {"status": "unresolved"})
    assert await ids(served, status="resolved") == []
    assert (await served.get(f"/issues/{A}"))["substatus"] == "ongoing"


@pytest.mark.usefixtures("issues")
async def test_what_the_stream_says_of_a_decision_counts_from_then_on(served):
    await served.send("PATCH", f"/issues/{A}", {"status": "resolved"})
    decision = await decided(served, A)
    assert (decision.version, decision.title, decision.by) == (1, "ValueError: it failed", "token all")
    applied = triage(decision, None)
    now = served.api.clock()
    regressed = change(A, "regressed", now, "unresolved", 1, 1, decided=decision.decided)
    await store_changes(served, applied, regressed)
    issue = await served.get(f"/issues/{A}")
    assert (issue["status"], issue["substatus"], issue["resolution"]) == ("unresolved", "regressed", None)
    assert await ids(served, status="regressed") == [A]
    assert await ids(served, status="resolved") == []
    # An assignment is no decision: it does not resolve the issue again.
    assigned = await served.send("PATCH", f"/issues/{A}", {"assignee": "ann"})
    assert (assigned["assignee"], assigned["status"]) == ("ann", "unresolved")
    assert (await served.send("PATCH", f"/issues/{A}", {"assignee": None}))["assignee"] is None
    again = await served.send("PATCH", f"/issues/{A}", {"status": "resolved"})
    assert again["status"] == "resolved"


@pytest.mark.usefixtures("issues")
async def test_time_ends_mutes_and_makes_issues_ongoing(served):
    assert (await served.get(f"/issues/{A}"))["substatus"] == "new"
    now = served.api.clock()
    muted = await served.send("PATCH", f"/issues/{A}", {"status": "muted", "mute": {"until": now + DAY}})
    assert (muted["status"], muted["mute"]["until"]) == ("muted", now + DAY)
    await store_changes(served, triage(await decided(served, A), None))
    served.api.clock = lambda: now + 2 * DAY
    assert (await served.get(f"/issues/{A}"))["status"] == "unresolved"
    assert await ids(served, status="muted") == []
    assert await ids(served, status="new") == sorted([B, C])
    served.api.clock = lambda: now + 8 * DAY
    assert await ids(served, status="ongoing") == sorted([A, B, C])


@pytest.mark.usefixtures("issues")
async def test_in_the_next_release_names_the_latest(served):
    counted = (1, int(served.api.clock()) // 10 * 10, B, "", "shop@1.10", "error", 0, "0:1:1", 10, 1)
    columns = [
        "project",
        "bucket",
        "issue_id",
        "environment",
        "release",
        "level",
        "partition",
        "opened",
        "width",
        "total",
    ]
    await served.api.events.insert("error_counts", columns, [counted])
    answer = await served.send(
        "PATCH", f"/issues/{A}", {"status": "resolved", "resolution": {"kind": "in_next_release"}}
    )
    assert answer["resolution"] == {"kind": "in_next_release", "release": "shop@1.10"}
    answer = await served.send(
        "PATCH",
        f"/issues/{B}",
        {"status": "resolved", "resolution": {"kind": "in_release", "release": "shop@3"}},
    )
    assert answer["resolution"]["release"] == "shop@3"
    await store_events(served.api.events, [make_record(50, issue="d")])
    refused = {"status": "resolved", "resolution": {"kind": "in_next_release"}}
    assert (await served.send("PATCH", f"/issues/{hex_id('d')}", refused, expect=400))["code"] == "no_release"


@pytest.mark.usefixtures("issues")
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "gone"},
        {"status": "resolved", "mute": {}},
        {"status": "muted", "resolution": {}},
        {"status": "resolved", "resolution": {"kind": "in_release"}},
        {"status": "resolved", "resolution": {"kind": "now", "release": "1"}},
        {"status": "muted", "mute": {"users": 0}},
        {"status": "muted", "mute": {"events": 5, "window": 1}},
        {"status": "muted", "mute": {"until": 1}, "other": 1},
        {"assignee": ""},
    ],
)
async def test_what_cannot_be_decided_is_refused(served, body):
    assert (await served.send("PATCH", f"/issues/{A}", body, expect=400))["code"] == "bad_body"
    assert (await served.get(f"/issues/{A}"))["status"] == "unresolved"


@pytest.mark.usefixtures("issues")
async def test_many_at_once_all_or_none(served):
    path = "/projects/1/issues"
    answer = await served.send("PATCH", path, {"ids": [A, B], "status": "muted", "assignee": "ann"})
    assert sorted(answer["changed"]) == sorted([A, B])
    assert await ids(served, status="muted") == sorted([A, B])
    await served.send("PATCH", path, {"ids": [C, hex_id("none")], "status": "muted"}, expect=404)
    assert await ids(served, status="muted") == sorted([A, B])
    await served.send("PATCH", path, {"ids": [], "status": "muted"}, expect=400)
    await served.send("PATCH", "/projects/2/issues", {"ids": [C], "status": "muted"}, expect=404)


@pytest.mark.usefixtures("issues")
async def test_it_takes_the_scope_and_the_project(served):
    assert (await served.send("PATCH", f"/issues/{A}", {}, NARROW, 403))["code"] == "missing_scope"
    await served.get(f"/issues/{A}/activity", token=NARROW, expect=404)
    await served.get(f"/issues/{A}/tags", token=NARROW, expect=404)
    await served.send("POST", f"/issues/{hex_id('none')}/activity", {"text": "x"}, WRITER, expect=404)


@pytest.mark.usefixtures("issues")
async def test_activity_has_what_events_and_people_did(served):
    await served.send("PATCH", f"/issues/{A}", {"status": "resolved", "assignee": "ann"})
    comment = await served.send("POST", f"/issues/{A}/activity", {"text": "it is <b>mended</b>"})
    assert (comment["kind"], comment["by"], comment["detail"]) == (
        "comment",
        "token all",
        {"text": "it is <b>mended</b>"},
    )
    await store_changes(served, change(A, "regressed", served.api.clock() + 5, version=1))
    items = (await served.get(f"/issues/{A}/activity"))["items"]
    assert [item["kind"] for item in items] == ["regressed", "comment", "assigned", "resolved", "created"]
    assert [item["by"] for item in items] == [None, "token all", "token all", "token all", None]
    paged, cursor = [], ""
    for _ in items:
        page = await served.get(f"/issues/{A}/activity", limit=1, cursor=cursor)
        paged += page["items"]
        cursor = page["next_cursor"]
    assert (paged, cursor) == (items, None)
    await served.send("POST", f"/issues/{A}/activity", {"text": "x" * 10_001}, expect=400)


async def test_tags_are_spread_over_values(served):
    records = [
        make_record(n, issue="a", environment="live" if n else "test", tags={"os": f"v{n % 3}", "once": "x"})
        for n in range(6)
    ]
    await store_events(served.api.events, records)
    found = await served.get(f"/issues/{A}/tags")
    assert found["events"] == 6
    [environment] = [field for field in found["fields"] if field["key"] == "environment"]
    assert [(value["value"], value["count"]) for value in environment["values"]] == [("live", 5), ("test", 1)]
    assert {tag["key"]: (tag["events"], tag["distinct"]) for tag in found["tags"]} == {
        "os": (6, 3),
        "once": (6, 1),
    }
