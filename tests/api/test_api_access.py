"""Who may see what, and how a refusal looks."""

import pytest
from event_factory import hex_id, make_record, store_events

from api.auth import Remembered

ALL, NARROW, WRITER = "token-of-all", "token-of-project-two", "token-that-may-not-read"
PATHS = [
    "/projects",
    "/projects/1/issues",
    "/projects/1/search",
    "/projects/1/error-rates",
    f"/projects/1/events/{hex_id('x')}",
    f"/projects/1/events/{hex_id('x')}/raw",
    f"/issues/{hex_id('x')}",
    f"/issues/{hex_id('x')}/events",
]


@pytest.mark.parametrize("path", PATHS)
async def test_every_route_wants_a_token_with_its_scope(served, path):
    assert (await served.get(path, token="", expect=401))["error"]["code"] == "unauthorised"
    await served.get(path, token="unknown", expect=401)
    await served.get(path, token="x" * 5000, expect=401)
    assert (await served.get(path, token=WRITER, expect=403))["error"]["detail"] == {"scope": "read"}
    response = await served.client.get(f"/api/v1{path}")
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", PATHS)
async def test_other_methods_are_refused_in_json(served, path):
    response = await served.client.delete(f"/api/v1{path}")
    assert response.status == 405
    assert (await response.json())["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", PATHS[1:])
async def test_what_a_token_may_not_see_is_not_there(served, path):
    await store_events(served.api.events, [make_record(1, issue="x")])
    assert (await served.get(path, token=NARROW, expect=404))["error"]["code"] == "not_found"
    await served.get(path.replace("/1/", "/99/"), expect=404 if "projects" in path else 200, token=ALL)


async def test_projects_by_id_and_slug(served):
    everything = await served.get("/projects")
    assert [item["id"] for item in everything["items"]] == ["1", "2"]
    assert [item["id"] for item in (await served.get("/projects", token=NARROW))["items"]] == ["2"]
    slug = everything["items"][1]["slug"]
    assert await served.get(f"/projects/{slug}/issues", token=NARROW) == {"items": [], "next_cursor": None}


async def test_projects_do_not_mix(served):
    await store_events(served.api.events, [make_record(1, issue="a"), make_record(1, issue="b", project=2)])
    for project, issue in ((1, "a"), (2, "b")):
        found = (await served.get(f"/projects/{project}/issues"))["items"]
        assert [item["id"] for item in found] == [hex_id(issue)]
        found = (await served.get(f"/projects/{project}/search", q="failed"))["items"]
        assert [item["issue_id"] for item in found] == [hex_id(issue)]
    await served.get(f"/issues/{hex_id('a')}", token=NARROW, expect=404)
    await served.get(f"/issues/{hex_id('b')}", token=NARROW)
    await served.get(f"/projects/2/events/{hex_id(('event', 1, 1))}", expect=404)


async def test_answers_are_remembered_for_a_time():
    asked, now = [], [0.0]

    async def find(key):
        asked.append(key)

    remembered = Remembered(find, 5.0, lambda: now[0])
    for now[0] in (0.0, 4.9, 5.0, 6.0):
        assert await remembered.get("secret") is None
    assert asked == ["secret", "secret"]
