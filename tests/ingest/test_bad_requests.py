"""Bad input: each gets the documented answer, memory stays bounded, and the next good event passes."""

import asyncio
import gzip
import json
import tracemalloc
import zlib
from functools import partial

import aiohttp
import brotli
import pytest
import zstandard
from edge_server import KEY, OTHER_KEY, RunningEdge

MIB = 1024 * 1024
GOOD = b'{"message":"good"}'


def envelope(payload: bytes, header: bytes = b'{"type":"event"}') -> bytes:
    return b"{}\n" + header + b"\n" + payload + b"\n"


async def assert_refused(
    edge: RunningEdge, answer: aiohttp.ClientResponse, status: int, code: str
) -> dict[str, object]:
    """The answer has the documented form, nothing went on, and the edge lives."""
    assert answer.status == status, await answer.text()
    error = (await answer.json())["error"]
    assert set(error) == {"code", "message", "detail"}
    assert error["code"] == code
    assert answer.headers["X-Sentry-Error"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert await edge.received() == []
    await edge.assert_alive()
    assert edge.edge.memory.held == 0
    return error


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param(b"", 400, "empty_body", id="empty body"),
        pytest.param(b"hello", 400, "invalid_envelope", id="no JSON"),
        pytest.param(b"[]\n", 400, "invalid_envelope", id="header is an array"),
        pytest.param(
            b'{}\n{"type":"event","length":99}\n{}', 400, "invalid_envelope", id="length beyond the end"
        ),
        pytest.param(b'{}\n{"type":"event","length":-1}\n{}', 400, "invalid_envelope", id="negative length"),
        pytest.param(b'{}\n{"type":"event","length":1}\n{}', 400, "invalid_envelope", id="length too small"),
        pytest.param(b'{}\n{"type":7}\n{}', 400, "invalid_envelope", id="type is a number"),
        pytest.param(b"{}\n{}\n{}", 400, "invalid_envelope", id="item without type"),
        pytest.param(envelope(b'{"a":'), 400, "invalid_json", id="truncated JSON"),
        pytest.param(envelope(b"7"), 400, "not_an_object", id="event is a number"),
        pytest.param(envelope(b"[]"), 400, "not_an_object", id="event is an array"),
        pytest.param(envelope(b""), 400, "invalid_json", id="empty event"),
        pytest.param(envelope(b'{"event_id":"xyz"}'), 400, "invalid_event_id", id="event id is no id"),
        pytest.param(envelope(b'{"event_id":7}'), 400, "invalid_event_id", id="event id is a number"),
        pytest.param(
            b'{"event_id":"-"}\n{"type":"event"}\n{}', 400, "invalid_event_id", id="header's id is no id"
        ),
        pytest.param(
            envelope(b'{"a":' + b"[" * 201 + b"]" * 201 + b"}"), 400, "nested_too_deep", id="nested"
        ),
        pytest.param(envelope(b'{"a":' * 90_000), 400, "nested_too_deep", id="nested without end"),
        pytest.param(envelope(b'{"a":"' + b"x" * 3 * MIB + b'"}'), 413, "event_too_large", id="3 MB event"),
        pytest.param(b"{}\n" + b'{"type":"x"}\n\n' * 1001, 413, "too_many_items", id="1,001 items"),
    ],
)
async def test_envelopes_that_are_refused(edge: RunningEdge, body: bytes, status: int, code: str) -> None:
    async with edge.post("/api/1/envelope/", data=body) as answer:
        await assert_refused(edge, answer, status, code)
    outcomes = await edge.outcomes()
    assert [(o.project, o.outcome, o.reason, o.quantity) for o in outcomes] == [(1, "invalid", code, 1)]


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b'{"message":"\xff\xfe caf\xe9"}', id="invalid UTF-8"),
        pytest.param(b'{"extra":{"a":NaN,"b":-Infinity,"c":1e999}}', id="NaN"),
        pytest.param(b'{"message":"a\x00b"}', id="raw NUL"),
        pytest.param(b'{"message":"a\\u0000b"}', id="escaped NUL"),
        pytest.param(b'{"message":"\\ud800"}', id="lone surrogate"),
        pytest.param(b'\xef\xbb\xbf{"message":"bom"}\x00', id="BOM and trailing NUL"),
        pytest.param(b'{"timestamp":-62135596800}', id="negative timestamp"),
        pytest.param(b'{"timestamp":"9999-12-31T23:59:59Z"}', id="year 9999"),
        pytest.param(
            json.dumps({"tags": {f"t{i}": str(i) for i in range(10_000)}}).encode(), id="10,000 tags"
        ),
        pytest.param(b'{"a":' + b"[" * 199 + b"]" * 199 + b"}", id="200 levels"),
        pytest.param(b'{"message":"a","message":"b"}', id="duplicate keys"),
        pytest.param(b'{"n":' + b"9" * 5000 + b"}", id="long integer"),
    ],
)
async def test_odd_events_pass_untouched(edge: RunningEdge, payload: bytes) -> None:
    header = b'{"type":"event","length":%d}' % len(payload)
    async with edge.post("/api/1/envelope/", data=envelope(payload, header)) as answer:
        assert answer.status == 200, await answer.text()
        event_id = (await answer.json())["id"]
    [(received, value)] = await edge.received()
    assert value == payload
    assert received.event_id == event_id
    await edge.assert_alive()


async def test_an_empty_envelope_is_legal(edge: RunningEdge) -> None:
    for body in (b"{}", b"{}\n", b'{"sent_at":"2026-01-01T00:00:00Z"}\n\n\n'):
        async with edge.post("/api/1/envelope/", data=body) as answer:
            assert (answer.status, await answer.json()) == (200, {})
    assert await edge.received() == []


CODINGS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": partial(brotli.compress, quality=4),
    "zstd": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("coding", CODINGS)
async def test_truncated_bodies(edge: RunningEdge, coding: str) -> None:
    body = CODINGS[coding](envelope(b'{"message":"%s"}' % b"".join(b"%d" % i for i in range(5000))))
    headers = {**edge.auth, "Content-Encoding": coding}
    for size in (1, len(body) // 2, len(body) - 1):
        async with edge.post("/api/1/envelope/", data=body[:size], headers=headers) as answer:
            assert answer.status == 400
    async with edge.post("/api/1/envelope/", data=body[:-1], headers=headers) as answer:
        await assert_refused(edge, answer, 400, "truncated_body")


@pytest.mark.parametrize("coding", CODINGS)
async def test_bodies_that_are_not_what_they_say(edge: RunningEdge, coding: str) -> None:
    headers = {**edge.auth, "Content-Encoding": coding}
    async with edge.post("/api/1/envelope/", data=envelope(GOOD), headers=headers) as answer:
        await assert_refused(edge, answer, 400, "invalid_encoding")


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_bytes_after_the_compressed_data(edge: RunningEdge, coding: str) -> None:
    headers = {**edge.auth, "Content-Encoding": coding}
    async with edge.post(
        "/api/1/envelope/", data=CODINGS[coding](envelope(GOOD)) * 2, headers=headers
    ) as answer:
        await assert_refused(edge, answer, 400, "trailing_data")


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("path", ["/api/1/envelope/", "/api/1/store/", "/api/1/security/"])
async def test_bombs_are_stopped_in_bounded_memory(edge: RunningEdge, coding: str, path: str) -> None:
    limit = edge.edge.settings.max_envelope_bytes if "envelope" in path else 4 * MIB
    bomb = CODINGS[coding](bytes(limit + 64 * MIB))
    tracemalloc.start()
    try:
        headers = {**edge.auth, "Content-Encoding": coding}
        async with edge.post(path, data=bomb, headers=headers) as answer:
            status = answer.status
            code = (await answer.json())["error"]["code"]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (status, code) == (413, "body_too_large")
    assert peak < limit + 24 * MIB
    assert edge.edge.memory.held == 0
    await edge.assert_alive()


@pytest.mark.parametrize("coding", ["gzip, gzip", "compress", "lzma", "gzip, br"])
async def test_codings_that_are_not_read(edge: RunningEdge, coding: str) -> None:
    headers = {**edge.auth, "Content-Encoding": coding}
    async with edge.post("/api/1/envelope/", data=b"x", headers=headers) as answer:
        await assert_refused(edge, answer, 415, "unsupported_encoding")


async def test_content_types_of_the_native_protocol(edge: RunningEdge) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "multipart/form-data; boundary=x"}
    async with edge.post("/api/v1/events", data=GOOD, headers=headers) as answer:
        await assert_refused(edge, answer, 415, "unsupported_content_type")


@pytest.mark.parametrize("path", ["/api/1/envelope/", "/api/1/store/", "/api/1/security/", "/api/v1/events"])
async def test_unknown_and_missing_keys(edge: RunningEdge, path: str) -> None:
    unknown = "9" * 32
    for auth, code in (
        ({"X-Sentry-Auth": f"Sentry sentry_key={unknown}", "X-Stacktide-Key": unknown}, "key_unknown"),
        ({"X-Sentry-Auth": "Sentry sentry_key=short", "X-Stacktide-Key": "short"}, "key_unknown"),
        ({}, "key_missing"),
        ({"Authorization": "Basic !!!"}, "key_missing"),
    ):
        async with edge.client.post(edge.url + path, data=b"{}", headers=auth) as answer:
            assert answer.status == 401
            assert (await answer.json())["error"]["code"] == code
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    await edge.assert_alive()
    outcomes = await edge.outcomes()
    assert {(o.project, o.key_id, o.outcome, o.reason, o.quantity) for o in outcomes} == {
        (0, 0, "invalid", "key_unknown", 2),
        (0, 0, "invalid", "key_missing", 2),
    }


@pytest.mark.parametrize(
    "path", ["/api/2/envelope/", "/api/2/store/", "/api/2/security/", "/api/99/envelope/"]
)
async def test_key_of_another_project(edge: RunningEdge, path: str) -> None:
    async with edge.post(path, data=b"{}") as answer:
        await assert_refused(edge, answer, 403, "key_of_another_project")
    headers = {"X-Sentry-Auth": f"Sentry sentry_key={OTHER_KEY}"}
    async with edge.post("/api/2/envelope/", data=envelope(GOOD), headers=headers) as answer:
        assert answer.status == 200


async def test_project_that_is_no_number(edge: RunningEdge) -> None:
    async with edge.post("/api/shop/envelope/", data=envelope(GOOD)) as answer:
        await assert_refused(edge, answer, 400, "invalid_project")


@pytest.mark.parametrize("path", ["/api/1/envelope/", "/api/1/store", "/api/1/csp-report/", "/api/v1/events"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
async def test_other_methods(edge: RunningEdge, path: str, method: str) -> None:
    async with edge.client.request(method, edge.url + path) as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "POST, OPTIONS"
        assert answer.content_type == "application/json"
        if method != "HEAD":
            assert (await answer.json())["error"]["code"] == "method_not_allowed"


async def test_a_body_larger_than_it_may_be_as_sent(edge: RunningEdge) -> None:
    size = edge.edge.settings.max_request_bytes + 1

    async def chunks():
        for _ in range(size // MIB + 1):
            yield bytes(MIB)

    async with edge.post("/api/1/envelope/", data=chunks()) as answer:
        await assert_refused(edge, answer, 413, "body_too_large")


HEAD = f"POST /api/1/envelope/ HTTP/1.1\r\nHost: x\r\nX-Sentry-Auth: Sentry sentry_key={KEY}\r\n".encode()
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        pytest.param([HEAD + b"Content-Length: 1000\r\n\r\n", b"{}"], None, id="half a body"),
        pytest.param([CHUNKED + b"5\r\nab"], None, id="half a chunk"),
        pytest.param([CHUNKED + b"zz\r\n"], 400, id="a chunk that is none"),
        pytest.param([HEAD + b"Content-Length: -5\r\n\r\n"], 400, id="negative length"),
        pytest.param([HEAD + b"X: " + b"a" * 20_000 + b"\r\n\r\n"], 400, id="long header"),
        pytest.param([b"garbage\r\n\r\n"], 400, id="no HTTP"),
    ],
)
async def test_clients_that_do_not_speak_http(
    edge: RunningEdge, pieces: list[bytes], status: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    host, port = edge.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.02)
    if status is None:
        writer.close()
    else:
        answer = await reader.read()
        assert int(answer.split(b" ")[1]) == status
        writer.close()
        await writer.wait_closed()
    await edge.assert_alive()
    while edge.edge.memory.held:
        await asyncio.sleep(0.01)
    assert len(await edge.received()) == 1
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
