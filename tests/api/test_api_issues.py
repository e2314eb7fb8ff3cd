"""The list of issues, and one issue."""

import pytest
from event_factory import START, hex_id, make_record, store_events

from agents.sinks.clickhouse.encode import ISSUE_COLUMNS, issue_row
from schemas.event import User
from schemas.records import IssueChange

HOUR = 3600


async def _ids(served, **params):
    return [item["id"] for item in (await served.get("/projects/1/issues", **params))["items"]]


async def test_an_issue_says_what_its_events_say(served):
    records = [
        make_record(
            n,
            issue="a",
            at=START + n,
            user=User(id=str(n % 3)) if n else None,
            level="fatal" if n == 4 else "error",
        )
        for n in range(5)
    ]
    await store_events(served.api.events, records)
    now = served.api.clock()
    await store_events(served.api.events, [make_record(9, issue="a", at=now, user=User(email="a@b.c"))])
    expected = {
        "id": hex_id("a"),
        "project": "1",
        "title": "ValueError: it failed",
        "culprit": "shop.price in total_price",
        "status": "unresolved",
        "level": "error",
        "platform": "python",
        "count": 6,
        "users": 4,
        "sparkline": [0] * 23 + [1],
    }
    [listed] = (await served.get("/projects/1/issues"))["items"]
    single = await served.get(f"/issues/{hex_id('a')}")
    for issue in (listed, single):
        assert issue["first_seen"].endswith("Z") and issue["last_seen"] > issue["first_seen"]
        assert {name: issue[name] for name in expected} == expected
    assert (await served.get(f"/issues/{hex_id('a').upper()}")) == single


async def test_first_seen_outlives_the_first_event(served):
    await store_events(served.api.events, [make_record(1, issue="a")])
    change = IssueChange("id", 1, hex_id("a"), "created", START - 86_400, "", "", "", "error", "", sequence=1)
    await served.api.events.insert("issues", ISSUE_COLUMNS, [issue_row(change)])
    [issue] = (await served.get("/projects/1/issues"))["items"]
    assert issue["first_seen"] < issue["last_seen"]
    assert issue["count"] == 1


async def test_counts_are_of_the_events_asked_for(served):
    await store_events(
        served.api.events,
        [
            make_record(n, issue="a", environment="production" if n % 2 else "staging", release=f"1.{n}")
            for n in range(5)
        ],
    )
    for params, count in (
        ({}, 5),
        ({"environment": "staging"}, 3),
        ({"release": "1.1"}, 1),
        ({"query": "environment:production !release:1.3"}, 1),
        ({"from": START + 1, "to": START + 3}, 2),
        ({"from": START, "to": START + HOUR}, 5),
        ({"from": START - HOUR, "to": START}, 0),
    ):
        found = (await served.get("/projects/1/issues", **params))["items"]
        assert sum(issue["count"] for issue in found) == count, params
    both = [("environment", "staging"), ("environment", "production")]
    response = await served.client.get(
        "/api/v1/projects/1/issues", params=both, headers={"Authorization": "Bearer token-of-all"}
    )
    assert (await response.json())["items"][0]["count"] == 5


async def test_only_the_issues_that_are_named(served):
    await store_events(served.api.events, [make_record(n, issue="abc"[n % 3]) for n in range(6)])
    gone = hex_id("f")
    assert await _ids(served, issue=[hex_id("a"), hex_id("c"), gone]) == [hex_id("c"), hex_id("a")]
    assert await _ids(served, issue=gone) == []
    await served.get("/projects/1/issues", issue="c", expect=400)


@pytest.mark.parametrize("sort", ["last_seen", "first_seen", "count", "users"])
async def test_pages_meet_over_ties(served, sort):
    records = []
    for issue in range(13):
        # Issues in groups of three share every value that can be sorted by.
        group = issue // 3
        records += [
            make_record(issue * 10 + n, issue=issue, at=START + group * 100 + n, user=User(id=str(n)))
            for n in range(group + 1)
        ]
    await store_events(served.api.events, records)
    whole = await _ids(served, sort=sort)
    assert sorted(whole) == sorted(hex_id(issue) for issue in range(13))
    paged, cursor = [], ""
    for _ in range(4):
        page = await served.get("/projects/1/issues", sort=sort, limit=4, cursor=cursor)
        paged += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert paged == whole
    assert cursor is None
    if sort != "first_seen":
        counts = [item["count"] for item in (await served.get("/projects/1/issues", sort=sort))["items"]]
        assert counts == sorted(counts, reverse=True)


async def test_a_cursor_is_of_its_own_list(served):
    await store_events(served.api.events, [make_record(n, issue=n) for n in range(3)])
    cursor = (await served.get("/projects/1/issues", limit=1))["next_cursor"]
    await served.get("/projects/1/issues", cursor=cursor)
    for path in ("/projects/1/issues?sort=count", "/projects/1/search"):
        error = (
            await served.get(path, cursor=cursor, expect=400)
            if "?" not in path
            else await served.get("/projects/1/issues", sort="count", cursor=cursor, expect=400)
        )
        assert error["error"]["detail"] == {"parameter": "cursor"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "ten"),
        ("limit", "\u0661"),
        ("sort", "title"),
        ("status", "gone"),
        ("from", "yesterday"),
        ("from", "-1"),
        ("from", "nan"),
        ("from", "9999-01-01T00:00:00Z"),
        ("to", "1e300"),
        ("cursor", "!"),
        ("cursor", "AAAA"),
        ("cursor", "é"),
        ("query", '"open'),
    ],
)
async def test_bad_parameters_are_named(served, name, value):
    error = (await served.get("/projects/1/issues", expect=400, **{name: value}))["error"]
    assert error["detail"]["parameter"] == name
    assert repr(name) in error["message"]


async def test_a_range_must_not_end_before_it_begins(served):
    error = await served.get("/projects/1/issues", **{"from": START, "to": START}, expect=400)
    assert error["error"]["detail"]["parameter"] == "to"


async def test_times_may_be_written_in_several_ways(served):
    await store_events(served.api.events, [make_record(0, at=1_700_000_000.0, received=1_700_000_000.0)])
    for start in (
        "2023-11-14T22:13:20Z",
        "2023-11-14T23:13:20+01:00",
        "1700000000",
        "2023-11-14",
        "1699999999.5",
    ):
        assert len(await _ids(served, **{"from": start})) == 1, start
    assert await _ids(served, **{"from": "2023-11-14T22:13:21Z"}) == []


@pytest.mark.parametrize("id", ["1", "x" * 32, "' OR 1=1 --", "%00", "a" * 500])
async def test_ids_that_cannot_be_are_not_found(served, id):
    await served.get(f"/issues/{id}", expect=404)
    await served.get(f"/projects/1/events/{id}", expect=404)
    await served.get(f"/projects/{id}x/issues", expect=404)
