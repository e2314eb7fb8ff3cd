"""Terms of searches that are about issues: over the events asked for, but for when they were first seen."""

import pytest
from event_factory import START, hex_id, make_record, store_events

from schemas.event import User

DAY = 86_400
A, B, C = hex_id("a"), hex_id("b"), hex_id("c")
NAMES = {A: "a", B: "b", C: "c"}


@pytest.fixture
async def found(served):
    """Finds issues: a has 3 events of 2 users on the first day, b has 1, c has 5 of one user, the last a day later."""
    records = [make_record(n, issue="a", at=START + n, user=User(id=str(n % 2))) for n in range(3)]
    records += [make_record(10, issue="b", at=START + 60, environment="staging")]
    records += [
        make_record(20 + n, issue="c", at=START + 120 + n * DAY / 4, user=User(id="1")) for n in range(5)
    ]
    await store_events(served.api.events, records)
    await served.send("PATCH", f"/issues/{B}", {"assignee": "token all"})
    await served.send("PATCH", f"/issues/{C}", {"assignee": "ann@example.com", "status": "resolved"})

    async def find(query, **params):
        params.setdefault("status", "all")
        items = (await served.get("/projects/1/issues", query=query, **params))["items"]
        return "".join(sorted(NAMES[item["id"]] for item in items))

    return find


@pytest.mark.parametrize("sort", ["last_seen", "first_seen"])
async def test_counts_and_times(found, sort):
    for query, issues in (
        ("times:>2", "ac"),
        ("times:3", "a"),
        ("!times:3", "bc"),
        ("times:>=3 times:<5", "a"),
        ("users:>1", "a"),
        ("users:0", "b"),
        ("times:1 environment:staging", "b"),
        ("times:1 environment:production", ""),
    ):
        assert await found(query, sort=sort) == issues, query


async def test_when_issues_were_seen(served, found):
    listed = (await served.get("/projects/1/issues", status="all"))["items"]
    seen = {NAMES[item["id"]]: item for item in listed}
    first, last = seen["b"]["first_seen"], seen["c"]["last_seen"]
    assert await found(f"first_seen:<{first}") == "a"
    assert await found(f"first_seen:<={first}") == "ab"
    assert await found(f"!first_seen:<={first}") == "c"
    assert await found(f"last_seen:{last}") == "c"
    assert await found(f"last_seen:>{last}") == ""
    assert await found("last_seen:+1s") == "abc"
    assert await found("first_seen:-1s") == ""
    # Of all events, whatever is asked for.
    after = str(START + DAY / 4)
    assert await found(f"first_seen:<={first}", **{"from": after}) == ""
    assert await found(f"first_seen:>{first} times:4", **{"from": after}) == "c"


async def test_states_and_assignees(found):
    for query, issues in (
        ("is:unresolved", "ab"),
        ("!is:unresolved", "c"),
        ("is:resolved is:assigned", "c"),
        ("is:unassigned", "a"),
        ("!is:unassigned", "bc"),
        ("is:assigned", "bc"),
        ("assigned:me", "b"),
        ("!assigned:me", "ac"),
        ("assigned:nobody", "a"),
        ("!assigned:nobody", "bc"),
        ("assigned:ann@example.com", "c"),
        ("assigned:me assigned:ann@example.com", ""),
        ("assigned:nobody times:>100", ""),
    ):
        assert await found(query) == issues, query


async def test_a_list_of_issues_has_unresolved_ones_unless_the_search_says_more(served, found):
    listed = (await served.get("/projects/1/issues"))["items"]
    assert sorted(NAMES[item["id"]] for item in listed) == ["a", "b"]
    listed = (await served.get("/projects/1/issues", query="is:resolved"))["items"]
    assert [NAMES[item["id"]] for item in listed] == ["c"]
    assert await found("is:resolved", status="unresolved") == ""


async def test_mistakes_say_where_they_are(served):
    for path, name, query, position in (
        ("/projects/1/issues", "query", "level:error times:many", 18),
        ("/projects/1/search", "q", "level:error times:>1", 12),
    ):
        error = (await served.get(path, expect=400, **{name: query}))["error"]
        assert (error["code"], error["detail"]) == ("bad_search", {"parameter": name, "position": position})
