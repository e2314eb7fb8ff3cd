"""Releases that builds announce, and what they say of an issue."""

import pytest
from event_factory import START, hex_id, make_record, store_events

ALL = "token-of-all"
PATH = "/projects/1/releases"


@pytest.fixture
def announce(served):
    async def announce(body, token=ALL, expect=200):
        response = await served.client.post(
            f"/api/v1{PATH}", json=body, headers={"Authorization": f"Bearer {token}"}
        )
        answer = await response.json()
        assert response.status == expect, answer
        return answer

    return announce


async def test_releases_are_announced_and_listed(served, announce):
    for number in range(3):
        made = await announce({"version": f"shop@1.{number}", "commits": [{"id": "a", "files": ["a.py"]}]})
    assert made["commits"][0]["files"] == ["a.py"]
    again = await announce({"version": "shop@1.2", "commits": []})
    assert again["created"] == made["created"] and again["commits"] == []
    page = await served.get(PATH, limit=2)
    assert [(item["version"], item["commits"]) for item in page["items"]] == [
        ("shop@1.2", 0),
        ("shop@1.1", 1),
    ]
    rest = await served.get(PATH, limit=2, cursor=page["next_cursor"])
    assert [item["version"] for item in rest["items"]] == ["shop@1.0"] and rest["next_cursor"] is None
    assert (await served.get(f"{PATH}/shop@1.1"))["commits"][0]["id"] == "a"
    await served.get(f"{PATH}/none", expect=404)
    assert (await served.get("/projects/2/releases"))["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"version": ""},
        {"version": "1", "commits": [{}]},
        {"version": "1", "x": 1},
        {"version": "v" * 251},
    ],
)
async def test_what_is_refused(announce, body):
    assert (await announce(body, expect=400))["error"]["code"] == "bad_body"


async def test_who_may_announce(served, announce):
    await announce({"version": "1"}, token="token-of-project-two", expect=403)
    await served.api.operational.add_token("build", ["artifacts"], projects=[1], secret="build")
    await announce({"version": "1"}, token="build")


async def test_an_issue_names_its_first_release_and_suspect_commits(served, announce):
    commits = [
        {"id": "old", "timestamp": "1970-01-01T01:00:01+01:00", "files": ["src/shop/price.py"]},
        {"id": "new", "timestamp": 2, "author": "Ann", "message": "Prices", "files": ["src/shop/price.py"]},
        {"id": "other", "timestamp": 3, "files": ["docs/price.md"]},
    ]
    await announce({"version": "1.0", "commits": commits})
    await announce({"version": "1.1", "commits": [{"id": "later", "files": ["shop/cart.py"]}]})
    records = [make_record(n, issue="a", at=START + n, release=f"1.{n}") for n in range(2)]
    await store_events(served.api.events, [make_record(9, issue="a", at=START - 9), *records])
    issue = await served.get(f"/issues/{hex_id('a')}")
    assert issue["first_release"] == "1.0"
    assert [commit["id"] for commit in issue["suspect_commits"]] == ["new", "old"]
    assert issue["suspect_commits"][0] == {
        "id": "new",
        "author": "Ann",
        "message": "Prices",
        "timestamp": "1970-01-01T00:00:02Z",
        "release": "1.0",
        "file": "src/shop/price.py",
        "function": "total_price",
    }
    await announce({"version": "1.0", "commits": []})
    issue = await served.get(f"/issues/{hex_id('a')}")
    assert [commit["id"] for commit in issue["suspect_commits"]] == ["later"]


async def test_an_issue_without_releases(served):
    await store_events(served.api.events, [make_record(1, issue="a")])
    issue = await served.get(f"/issues/{hex_id('a')}")
    assert (issue["first_release"], issue["suspect_commits"]) == (None, [])
