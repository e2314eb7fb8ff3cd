"""Export, erasure, removal of a project and its retention, by the API."""

import io
import json

import pytest

from agents.fingerprint.scrub.people import pseudonym
from agents.sinks.archive.encode import encode_object, entry_of
from runtime.privacy import run
from schemas.event import User
from stores.ports import ArchiveName
from tests.api.conftest import NARROW
from tests.event_factory import START, make_record, store_events

USERS = (User(email="[email 0]"), User(email=pseudonym("[email]", "ada@example.com", "")), User(id="7"))
DAY = START // 86_400 * 86_400


@pytest.fixture
async def filled(served):
    """Three events of one day: of somebody else, of a pseudonym, and of user 7; in ClickHouse and in the archive."""
    records = [
        make_record(
            n,
            at=DAY + n,
            user=user,
            payload=json.dumps({"user": {"id": user.id, "email": user.email}}).encode(),
        )
        for n, user in enumerate(USERS)
    ]
    await store_events(served.api.events, records)
    entries = [entry_of(record) for record in records]
    name = ArchiveName(1, entries[0].day, 0, records[0].position.generation, 0, 2, 3)
    await served.api.archive.put(name, encode_object(entries))
    return served


async def exported(served, body, project=1):
    response = await served.client.post(
        f"/api/v1/projects/{project}/privacy/export",
        json=body,
        headers={"Authorization": "Bearer token-of-all"},
    )
    assert response.status == 200, await response.text()
    return [json.loads(line) for line in (await response.text()).splitlines()]


async def test_an_export_has_what_each_store_knows_and_says_that_it_is_whole(filled):
    event, payload, end = await exported(filled, {"email": "ADA@example.com "})
    assert (event["store"], payload["store"]) == ("clickhouse", "archive")
    assert event["event_id"] == payload["event_id"] and event["event"]["user"]["email"].startswith("[email ")
    assert payload["payload"]["user"]["email"] == event["event"]["user"]["email"]
    assert end == {"events": 1, "payloads": 1, "complete": True}
    assert (await exported(filled, {"user_id": "8"})) == [{"events": 0, "payloads": 0, "complete": True}]


async def test_requests_must_name_one_user(served):
    for body in ({}, {"user_id": "1", "email": "a@b.c"}, {"ip": "somewhere"}, {"email": " "}, {"name": "x"}):
        for route in ("export", "erase"):
            error = await served.send("POST", f"/projects/1/privacy/{route}", body, expect=400)
            assert error["code"] == "bad_body"
    await served.send("POST", "/projects/1/privacy/erase", {"user_id": "1"}, token=NARROW, expect=403)


async def test_an_erasure_ends_with_a_receipt_that_names_nobody(filled, monkeypatch):
    monkeypatch.setattr(run, "_REPLAYS_KNOW", 0.0)
    made = await filled.send("POST", "/projects/1/privacy/erase", {"user_id": "7"})
    assert (made["state"], made["subject"], made["kind"]) == ("waiting", "user_id", "user")
    context = filled.api
    context.search_sink = None
    assert await run.work_off_erasures(context) == 1
    done = await filled.get(f"/projects/1/privacy/erasures/{made['id']}")
    assert done["state"] == "done" and done["receipt"]["erased"] == {
        "clickhouse": 1,
        "archive": 1,
        "quarantine": 0,
    }
    assert {left["until"] is None for left in done["receipt"]["remains"]} == {True, False}
    (listed,) = (await filled.get("/projects/1/privacy/erasures"))["items"]
    assert listed == done and (await filled.get("/organisations/1/erasures"))["items"] == [done]
    assert (await exported(filled, {"user_id": "7"}))[0]["events"] == 0
    assert len((await filled.get("/projects/1/search", q=""))["items"]) == 2
    await filled.get("/projects/2/privacy/erasures/1", expect=404)


async def test_a_project_is_removed_for_good(filled):
    store = filled.api.operational
    key = await store.add_key(1, "first")
    refused = await filled.send("DELETE", "/projects/1", {"name": "first shop"}, expect=400)
    assert refused["code"] == "not_confirmed"
    made = await filled.send("DELETE", "/projects/1", {"name": "First shop"})
    assert made["kind"] == "project"
    assert await store.find_key(key.public_key) is None
    await filled.get("/projects/1", expect=404)
    assert [project["id"] for project in (await filled.get("/projects"))["items"]] == ["2"]
    filled.api.search_sink = None
    filled.api.settings = filled.api.settings.__class__(key_cache_ttl=0.0)
    assert await run.work_off_erasures(filled.api) == 1
    (done,) = (await filled.get("/organisations/1/erasures"))["items"]
    assert done["receipt"]["erased"] == {"clickhouse": 3, "archive": 3}
    assert await store.keys(1) == []
    again = await filled.send("POST", "/projects", {"name": "First shop", "organisation": "1"})
    assert again["project"]["id"] == "3"


async def test_a_project_may_keep_its_events_for_a_shorter_time_only(served):
    async def change(days, expect):
        response = await served.client.patch(
            "/api/v1/projects/1/configuration",
            data=io.BytesIO(json.dumps({"retention_days": days}).encode()),
            headers={"Authorization": "Bearer token-of-all"},
        )
        answer = await response.json()
        assert response.status == expect, answer
        return answer

    assert (await change(30, 200))["retention_days"] == 30
    assert "90 days" in (await change(91, 400))["error"]["message"]
    assert (await change(None, 200))["retention_days"] is None
