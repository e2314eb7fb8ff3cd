"""Events of an issue, one event, its payload, and the search."""

import json

import msgspec
import pytest
from event_factory import START, hex_id, make_record, store_events

from agents.sinks.archive.encode import encode_object, entry_of
from schemas.event import User
from stores.ports import ArchiveName, LogRecord

EVENT = hex_id(("event", 1, 3))


async def test_events_of_an_issue_newest_first_in_pages(served):
    records = [make_record(n, issue="a", at=START + n // 4) for n in range(10)]
    await store_events(served.api.events, [*records, make_record(50, issue="b")])
    path = f"/issues/{hex_id('a')}/events"
    whole = (await served.get(path))["items"]
    assert {item["issue_id"] for item in whole} == {hex_id("a")}
    assert [item["timestamp"] for item in whole] == sorted(
        (item["timestamp"] for item in whole), reverse=True
    )
    paged, cursor = [], ""
    while cursor is not None:
        page = await served.get(path, limit=3, cursor=cursor)
        paged += page["items"]
        cursor = page["next_cursor"]
    assert paged == whole
    assert len(paged) == 10


async def test_times_in_one_microsecond_do_not_get_lost_between_pages(served):
    await store_events(served.api.events, [make_record(n, at=START + 0.123457) for n in range(5)])
    first = await served.get("/projects/1/search", limit=2)
    second = await served.get("/projects/1/search", limit=3, cursor=first["next_cursor"])
    assert len({item["event_id"] for item in first["items"] + second["items"]}) == 5


async def test_an_event_has_everything(served):
    record = make_record(
        3, at=START + 0.5, user=User(id="7"), tags={"region": "eu"}, release="1.2", environment="staging"
    )
    await store_events(served.api.events, [record])
    event = await served.get(f"/projects/1/events/{EVENT}")
    assert event["event_id"] == EVENT
    assert event["issue_id"] == hex_id("issue")
    assert event["timestamp"].endswith(".500000Z")
    assert event["fingerprint"] == ["issue", "ValueError"]
    assert event["grouping"]["components"] == [
        {"name": "exception", "contributes": True, "hint": "it has a type", "value": "ValueError"}
    ]
    assert event["event"] == json.loads(record.value)["event"]
    dashed = f"{EVENT[:8]}-{EVENT[8:12]}-{EVENT[12:16]}-{EVENT[16:20]}-{EVENT[20:]}".upper()
    assert await served.get(f"/projects/1/events/{dashed}") == event
    await served.get(f"/projects/1/events/{hex_id('other')}", expect=404)


async def _raw(served):
    response = await served.client.get(
        f"/api/v1/projects/1/events/{EVENT}/raw", headers={"Authorization": "Bearer token-of-all"}
    )
    return response.status, response.headers.get("X-Stacktide-Source"), await response.read()


async def test_the_payload_comes_from_the_log_until_it_is_archived(served):
    payload = b'{"message": "as the client sent it", "n": 1.50}'
    record = make_record(3, partition=1, payload=payload)
    records = [make_record(n, partition=1) for n in range(3)]
    await store_events(served.api.events, [record])
    assert (await _raw(served))[0] == 404

    log_records = [LogRecord(r.key, r.value, r.headers) for r in [*records, record]]
    await served.api.log.send_many("events-fingerprinted", log_records, 1)
    assert await _raw(served) == (200, "log", payload)

    entries = [entry_of(r) for r in [*records, record]]
    name = ArchiveName(1, entries[0].day, 1, record.position.generation, 0, 3, 4)
    await served.api.archive.put(name, encode_object(entries))
    assert await _raw(served) == (200, "archive", payload)


async def test_a_log_made_again_does_not_give_another_events_payload(served):
    await store_events(served.api.events, [make_record(3, partition=1, offset=0)])
    other = make_record(4, partition=1)
    await served.api.log.send_many(
        "events-fingerprinted", [LogRecord(other.key, other.value, other.headers)], 1
    )
    status, _, body = await _raw(served)
    assert status == 404
    assert msgspec.json.decode(body)["error"]["code"] == "payload_gone"


SEARCHED = [
    {"value": "Connection to db-1.example.com timed out", "level": "error", "environment": "production"},
    {
        "value": "connection refused",
        "level": "fatal",
        "release": "shop@1.0",
        "user": User(id="42", email="a@b.c"),
    },
    {
        "type": "KeyError",
        "value": "'user_id'",
        "tags": {"region": "eu", "level": "gold"},
        "platform": "javascript",
    },
    {"value": '100% of a "quoted" \\ path_x', "tags": {"region": "us"}, "transaction": "/cart/{id}"},
    {"value": "Überraschung über 😀 İstanbul", "release": "shop@2.0", "environment": "staging"},
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {0, 1, 2, 3, 4}),
        ("connection", {0, 1}),
        ("CONNECTION Refused", {1}),
        ("connect", set()),
        ("connect*", {0, 1}),
        ("*ection", {0, 1}),
        ("conn*ion", {0, 1}),
        ("time*", {0}),
        ("!connection", {2, 3, 4}),
        ("!connect*", {2, 3, 4}),
        ("db-1.example.com", {0}),
        ("db-1.example.org", set()),
        ('"connection to db"', {0}),
        ('"to connection"', set()),
        ('!"timed out" connection', {1}),
        ("user_id", {2}),
        ("'user_id'", {2}),
        ("add_item", {0, 1, 2, 3, 4}),
        ("shop/cart.py", {0, 1, 2, 3, 4}),
        ("100%", {3}),
        ("%", {3}),
        (r'"\"quoted\""', {3}),
        (r'"\\ path_x"', {3}),
        ("path?x", set()),
        ("pathax", set()),
        ("über", {4}),
        ("ÜBERRASCHUNG", {4}),
        ("İstanbul", {4}),
        ("😀", {4}),
        ("level:fatal", {1}),
        ("!level:fatal", {0, 2, 3, 4}),
        ("level:error environment:production", {0}),
        ("environment:prod*", {0}),
        ("environment:*", {0, 4}),
        ("!environment:*", {1, 2, 3}),
        ('environment:""', {1, 2, 3}),
        ("release:shop@1.0", {1}),
        ("release:shop@*", {1, 4}),
        ("release:shop_*", set()),
        ("platform:javascript", {2}),
        ("type:KeyError", {2}),
        ("type:Key*", {2}),
        ("!type:ValueError", {2}),
        ("type:keyerror", set()),
        ("value:*refused", {1}),
        ("user.id:42", {1}),
        ("user.email:a@b.c", {1}),
        ("user.email:*@b.c", {1}),
        ("region:eu", {2}),
        ("region:*", {2, 3}),
        ("!region:eu", {0, 1, 3, 4}),
        ("level:gold", set()),
        ("tags[level]:gold", {2}),
        ("tags[level]:g*d", {2}),
        ("transaction:/cart/{id}", {3}),
        ('transaction:"/cart/{id}"', {3}),
        ("nothing:here", set()),
        ("connection level:fatal region:eu", set()),
        ("x' OR 1=1 --", set()),
        ("{p0:String}", set()),
    ],
)
async def test_search(served, query, found):
    records = [make_record(n, issue=n, **fields) for n, fields in enumerate(SEARCHED)]
    await store_events(served.api.events, records)
    items = (await served.get("/projects/1/search", q=query))["items"]
    assert {item["event_id"] for item in items} == {hex_id(("event", 1, n)) for n in found}
    issues = (await served.get("/projects/1/issues", query=query))["items"]
    assert {item["id"] for item in issues} == {hex_id(n) for n in found}


async def test_search_says_where_the_mistake_is(served):
    error = (await served.get("/projects/1/search", q='connection "never closed', expect=400))["error"]
    assert error["code"] == "bad_search"
    assert error["detail"] == {"parameter": "q", "position": 11}


async def test_search_is_bounded_in_time(served):
    await store_events(served.api.events, [make_record(1), make_record(2, at=START - 20 * 86_400)])
    assert len((await served.get("/projects/1/search", q="failed"))["items"]) == 1
    everything = await served.get("/projects/1/search", q="failed", **{"from": START - 30 * 86_400})
    assert len(everything["items"]) == 2


async def test_an_event_received_late_is_found_at_its_own_time(served):
    await store_events(served.api.events, [make_record(1, at=START - 86_400 * 3 + 7, received=START)])
    found = await served.get("/projects/1/search", **{"from": START - 86_400 * 3, "to": START - 86_400 * 2})
    assert len(found["items"]) == 1
