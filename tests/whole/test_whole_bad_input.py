"""Bad input to the running process: each gets the documented answer, memory stays bounded, and the next event passes."""

import gzip
import json
import uuid
import zlib

import pytest

from benchmarks.server import until


def event(**fields):
    return {"event_id": uuid.uuid4().hex, "message": "plain", **fields}


def envelope(payload: bytes, event_id: str) -> bytes:
    return b'{"event_id":"%s"}\n{"type":"event","length":%d}\n%s\n' % (
        event_id.encode(),
        len(payload),
        payload,
    )


def nested(depth: int) -> bytes:
    return b'{"event_id":"%s","extra":%s%s}' % (uuid.uuid4().hex.encode(), b"[" * depth, b"]" * depth)


BAD = {
    "truncated gzip": (gzip.compress(b'{"message":"x"}' * 100)[:-20], {"Content_Encoding": "gzip"}, 400),
    "gzip bomb": (gzip.compress(b"\0" * 300_000_000), {"Content_Encoding": "gzip"}, 413),
    "event of 3 MB": (json.dumps(event(extra={"x": "a" * 3_000_000})).encode(), {}, 413),
    "no JSON": (b"{not json", {}, 400),
    "no object": (b"42", {}, 400),
    "nested a million deep": (nested(400_000), {}, 400),
    "unknown encoding": (b"{}", {"Content_Encoding": "snappy"}, 415),
    "damaged zlib": (zlib.compress(b"{}")[:-3], {"Content_Encoding": "deflate"}, 400),
    "empty": (b"", {}, 400),
}

ODD = {
    "invalid UTF-8": b'{"event_id":"ID","message":"caf\xe9"}',
    "NaN": b'{"event_id":"ID","message":"x","extra":{"a":NaN,"b":Infinity}}',
    "NUL bytes": b'{"event_id":"ID","message":"a\\u0000b\x00c"}',
    "10,000 tags": json.dumps(
        {"event_id": "ID", "message": "x", "tags": {f"t{n}": "v" for n in range(10_000)}}
    ).encode(),
    "negative timestamp": b'{"event_id":"ID","message":"x","timestamp":-1e12}',
    "year 9999": b'{"event_id":"ID","message":"x","timestamp":"9999-12-31T23:59:59Z"}',
    "lone surrogate": b'{"event_id":"ID","message":"\\ud800"}',
    "hostile strings": json.dumps(
        {"event_id": "ID", "message": "'; DROP TABLE events; --<script>{x:String}"}
    ).encode(),
    "no timestamp, wrong types": b'{"event_id":"ID","message":["x"],"tags":7,"exception":"no","user":[1]}',
}


async def assert_next_passes(server, number, post):
    good = event()
    status, _ = post("/api/v1/events", json.dumps(good).encode(), Content_Type="application/json")
    assert status == 202
    await assert_visible(server, number, good["event_id"])


async def assert_visible(server, number, event_id):
    def visible():
        found = server.pages(f"/api/v1/projects/{number}/search?q=")
        return event_id in {item["event_id"] for item in found}

    await until(visible, 10)
    return server.get(f"/api/v1/projects/{number}/events/{event_id}")


@pytest.mark.parametrize("name", BAD)
async def test_bad_input_is_refused_with_a_reason(server, project, post, name):
    number, _ = project
    body, headers, expected = BAD[name]
    status, answer = post("/api/v1/events", body, **{"Content_Type": "application/json", **headers})
    assert status == expected, answer
    assert answer["error"]["message"]
    await assert_next_passes(server, number, post)
    assert server.peak_memory() < 900 * 1024**2


@pytest.mark.parametrize("name", ODD)
async def test_odd_input_is_taken_and_mended(server, project, post, name):
    number, _ = project
    event_id = uuid.uuid4().hex
    body = ODD[name].replace(b"ID", event_id.encode())
    status, answer = post(f"/api/{number}/envelope/", envelope(body, event_id))
    assert status == 200, answer
    stored = await assert_visible(server, number, event_id)
    assert stored["event_id"] == event_id
    await assert_next_passes(server, number, post)


def test_an_unknown_key_and_a_wrong_project(server, project, post):
    _number, _ = project
    body = json.dumps(event()).encode()
    status, answer = post("/api/v1/events", body, X_Stacktide_Key="f" * 32)
    assert (status, answer["error"]["code"]) == (401, answer["error"]["code"])
    status, answer = post("/api/1/store/", body)
    assert status == 403, answer
    assert answer["error"]["message"]


async def test_the_same_id_twice_counts_once(server, project, post):
    number, _ = project
    first = event(message="said twice")
    for _ in range(3):
        assert post("/api/v1/events", json.dumps(first).encode())[0] == 202
    assert post("/api/v1/events", json.dumps(event(message="said twice")).encode())[0] == 202

    def counts():
        return [issue["count"] for issue in server.get(f"/api/v1/projects/{number}/issues")["items"]]

    await until(lambda: counts() == [2], 10)


async def test_the_raw_payload_is_what_was_sent(server, project, post):
    number, _ = project
    body = {"event_id": uuid.uuid4().hex, "message": "raw", "unknown_field": {"kept": [1, 2]}}
    assert post("/api/v1/events", json.dumps(body).encode())[0] == 202
    await assert_visible(server, number, body["event_id"])
    assert server.get(f"/api/v1/projects/{number}/events/{body['event_id']}/raw") == body


def test_a_second_process_on_the_folder_is_told_so(server):
    second = server.command("up", "--port", "0")
    assert second.returncode == 1
    assert str(server.data) in second.stderr
    assert str(server.process.pid) in second.stderr
