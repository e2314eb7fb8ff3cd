"""Grouping by the API: settings tried on history, moves to another version, two events side by side."""

import io
import json

import msgspec
import pytest
from event_factory import START, hex_id, make_record, store_events
from msgspec.structs import replace

from agents.fingerprint.assign import grouper_of
from agents.fingerprint.live import read_live
from agents.fingerprint.versions import VERSIONS
from schemas.event import ExceptionValue, Frame, Stacktrace
from schemas.grouping import GroupingSettings
from schemas.records import FingerprintedEvent
from tests.api.conftest import ALL, NARROW

PREVIEW, MOVE = "/projects/1/grouping/preview", "/projects/1/grouping/move"


async def send(served, path, body, expect=200, token=ALL, method="post"):
    response = await getattr(served.client, method)(
        f"/api/v1{path}",
        data=io.BytesIO(json.dumps(body).encode()),
        headers={"Authorization": f"Bearer {token}"},
    )
    answer = await response.json()
    assert response.status == expect, answer
    return answer if expect == 200 else answer["error"]


def grouped_record(serial, **fields):
    """A record of the issue that grouping makes of it."""
    record = make_record(serial, **fields)
    value = msgspec.json.decode(record.value, type=FingerprintedEvent)
    assigned = grouper_of(GroupingSettings()).assign(value.project, value.event)
    value = replace(value, issue_id=assigned.issue_id, grouping=assigned.grouping)
    return record._replace(value=msgspec.json.encode(value), key=assigned.issue_id.encode())


def rule(**actions):
    condition = {"field": "tags.region", "globs": ["us"]}
    return {"rules": [{"name": "by region", "conditions": [condition], **actions}]}


async def test_a_draft_is_tried_on_history(served):
    regions = ["eu", "eu", "us", "eu"]
    records = [grouped_record(n, tags={"region": region}) for n, region in enumerate(regions)]
    await store_events(served.api.events, [*records, grouped_record(9, type="KeyError")])
    trial = await send(served, PREVIEW, {"settings": {}})
    assert (trial["events"], trial["issues_now"], trial["unchanged"], trial["issues"]) == (5, 2, 2, [])
    draft = {"settings": rule(fingerprint=["{{ default }}", "us"])}
    trial = await send(served, PREVIEW, draft)
    assert (trial["split"], trial["merged"], trial["unchanged"]) == (1, 0, 1)
    (issue,) = trial["issues"]
    assert (issue["events"], issue["stay"], issue["move"]) == (4, 3, 1)
    assert issue["into"][1]["example"] == hex_id(("event", 1, 2))
    few = await send(served, PREVIEW, draft | {"limit": 2})
    assert few["events"] == 2
    assert (await send(served, PREVIEW, draft | {"to": 1_000_000_000}))["events"] == 0
    audit = served.api.operational.audit
    assert not await audit.find(1, None, 10)  # nothing has changed
    await send(served, MOVE, {"version": "v1"})
    assert [entry.target for entry in await audit.find(1, None, 10)] == [f"/api/v1{MOVE}"]


async def test_a_draft_is_tried_on_the_latest_events_of_every_issue(served):
    records = [grouped_record(n, type=f"Kind{chr(97 + n % 3)}Error", tags={"n": str(n)}) for n in range(30)]
    await store_events(served.api.events, records)
    draft = {"settings": {"rules": []}, "limit": 6}
    draft["settings"]["rules"] = [
        {"name": "late", "conditions": [{"field": "tags.n", "pattern": "^2[4-9]$"}], "fingerprint": ["late"]}
    ]
    trial = await send(served, PREVIEW, draft)
    assert (trial["events"], trial["issues_now"], trial["issues_then"], trial["merged"]) == (6, 3, 1, 3)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"settings": {"version": "v9"}}, "there is no version 'v9'"),
        ({"settings": rule(fingerprint=["{{ nothing }}"])}, "rules[0].fingerprint[0]"),
        ({"settings": rule()}, "rules[0]: it does nothing"),
        ({"settings": {}, "limit": 10_001}, "$.limit"),
        ({"settings": {}, "from": "never"}, "'from'"),
    ],
)
async def test_what_cannot_be_tried_is_refused(served, body, says):
    assert says in (await send(served, PREVIEW, body, expect=400))["message"]


async def test_a_move_keeps_the_issues_that_are_live(served, monkeypatch):
    monkeypatch.setitem(VERSIONS, "test", VERSIONS["v1"]._replace(name="test"))
    versions = await served.get("/grouping/versions", token=NARROW)
    assert versions == {"items": ["v1", "test"], "default": "v1"}
    record = grouped_record(1)
    await store_events(served.api.events, [record])
    configuration = "/projects/1/configuration"
    await send(served, configuration, {"grouping": rule(title="x")}, method="patch")
    trial = await send(served, PREVIEW, {"settings": {"version": "test"}})
    assert (trial["events"], trial["unchanged"]) == (1, 1)
    after = (await send(served, MOVE, {"version": "test"}))["grouping"]
    assert (after["version"], after["previous"], len(after["rules"])) == ("test", ["v1"], 1)
    assert record.key.decode() in read_live(after["live"])
    refused = await send(served, configuration, {"grouping": {"rules": []}}, expect=400, method="patch")
    assert "the project has 'test'" in refused["message"]
    edited = await send(served, configuration, {"grouping": {"version": "test"}}, method="patch")
    assert edited["grouping"] == after | {"rules": []}
    back = (await send(served, MOVE, {"version": "v1"}))["grouping"]
    assert (back["version"], back["previous"]) == ("v1", ["v1", "test"])
    assert "there is no version" in (await send(served, MOVE, {"version": "v9"}, expect=400))["message"]


async def test_two_events_side_by_side(served):
    records = [grouped_record(1), grouped_record(2), grouped_record(3, type="KeyError")]
    await store_events(served.api.events, records)
    one, same, other = (hex_id(("event", 1, n)) for n in (1, 2, 3))
    compared = await served.get(f"/projects/1/events/{one}/compare/{same.upper()}")
    assert (compared["same_issue"], compared["comparison"]["same"]) == (True, True)
    compared = await served.get(f"/projects/1/events/{one}/compare/{other}")
    assert compared["same_issue"] is False
    assert compared["comparison"]["reasons"] == [
        "Only the first event has the type 'ValueError' (type of the exception).",
        "Only the second event has the type 'KeyError' (type of the exception).",
    ]
    for wrong in (hex_id("none"), "x"):
        await served.get(f"/projects/1/events/{one}/compare/{wrong}", expect=404)
    await served.get(f"/projects/1/events/{one}/compare/{other}", token=NARROW, expect=404)


async def test_they_take_the_scope_and_the_project(served):
    await send(served, PREVIEW, {"settings": {}}, expect=404, token=NARROW)
    await send(served, MOVE, {"version": "v1"}, expect=403, token=NARROW)


def exceptions(*functions, kind="ValueError"):
    frames = tuple(Frame(module="shop.cart", function=name, in_app=True) for name in functions)
    return (ExceptionValue(type=kind, stacktrace=Stacktrace(frames)),)


def traced(serial, *functions, kind="ValueError", **fields):
    record = make_record(serial, issue=serial, **fields)
    value = msgspec.json.decode(record.value, type=FingerprintedEvent)
    event = replace(value.event, exceptions=exceptions(*functions, kind=kind))
    return record._replace(value=msgspec.json.encode(replace(value, event=event)))


async def test_similar_issues(served):
    stack = ("main", "serve", "route", "show", "load", "get")
    records = [
        traced(1, *stack),
        traced(2, "main", "start", "route", "show", "load", "get"),
        traced(3, "main", "serve", "list", "show", "store", "put"),
        traced(4, "poll", "idle", kind="KeyError"),
        traced(5, *stack, project=2),
        *[traced(n, "main", "serve", f"page_{n}") for n in range(10, 20)],
    ]
    await store_events(served.api.events, records)
    path = f"/issues/{hex_id(1)}/similar"
    (item,) = (await served.get(path))["items"]
    assert (item["issue_id"], item["title"]) == (hex_id(2), "ValueError: it failed")
    assert 0.9 <= item["score"] < 1
    frames = ("get", "load", "show", "route", "main")
    assert item["shared_frames"] == [f"shop.cart {name}" for name in frames]
    lower = (await served.get(path, least="0.2"))["items"]
    assert [other["issue_id"] for other in lower][:2] == [hex_id(2), hex_id(3)]
    assert hex_id(4) not in {other["issue_id"] for other in lower}
    assert len((await served.get(path, least="0", limit=2))["items"]) == 2
    assert (await served.get(f"/issues/{hex_id(5)}/similar"))["items"] == []
    await served.get(f"/issues/{hex_id('none')}/similar", expect=404)
    await served.get(path, token=NARROW, expect=404)
    for least in ("2", "x", "nan"):
        await served.get(path, expect=400, least=least)


async def test_an_issue_not_seen_lately_is_compared_with_those_that_were(served):
    old = traced(1, "main", "load", at=START - 86_400 * 60)
    await store_events(served.api.events, [old, traced(2, "main", "load")])
    (item,) = (await served.get(f"/issues/{hex_id(1)}/similar"))["items"]
    assert (item["issue_id"], item["score"]) == (hex_id(2), 1.0)
