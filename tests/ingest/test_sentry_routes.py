"""Sentry's protocol over HTTP: what is kept arrives on the log byte for byte, what is not is said so."""

import asyncio
import base64
import gzip
import json
import urllib.parse
import zlib

import brotli
import pytest
import zstandard
from edge_server import KEY, OTHER_KEY, RunningEdge

from ingest.items import UNSUPPORTED_LIMIT
from stores.errors import StoreUnavailable

EVENT_ID = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
PAYLOAD = b'{ "message": "caf\xc3\xa9", "level":"error" }'


def envelope(*items: bytes, header: bytes = b"{}") -> bytes:
    return b"\n".join([header, *items]) + b"\n"


EVENT = b'{"type":"event"}\n' + PAYLOAD


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


@pytest.mark.parametrize("slash", ["/", ""])
async def test_an_event_arrives_untouched(edge: RunningEdge, slash: str) -> None:
    header = json.dumps(
        {"event_id": EVENT_ID, "sdk": {"name": "sentry.python", "version": "2.75.0"}}
    ).encode()
    async with edge.post(f"/api/1/envelope{slash}", data=envelope(EVENT, header=header)) as answer:
        assert (answer.status, await answer.json()) == (200, {"id": EVENT_ID})
        assert "X-Sentry-Rate-Limits" not in answer.headers
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    [record] = await edge.log.records("events-received")
    assert record.key == f"1:{EVENT_ID}".encode()
    [(received, value)] = await edge.received()
    assert value == PAYLOAD
    assert received.project == 1
    assert received.event_id == EVENT_ID
    assert received.received == edge.clock.now
    assert received.content_type == "application/json"
    assert received.client_address == "127.0.0.1"
    assert received.sdk == "sentry.python/2.75.0"
    assert received.protocol == "envelope"
    assert await edge.outcomes() == []


@pytest.mark.parametrize(
    ("coding", "compress"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", raw_deflate),
        ("br", brotli.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
        ("zstd", zstandard.ZstdCompressor(write_content_size=False).compress),
        ("identity", bytes),
        ("", bytes),
    ],
)
@pytest.mark.parametrize("size", [10, 300_000])
@pytest.mark.parametrize("chunked", [False, True])
async def test_codings(edge: RunningEdge, coding: str, compress, size: int, chunked: bool) -> None:  # type: ignore[no-untyped-def]
    payload = json.dumps({"message": "".join(chr(97 + i * i % 26) for i in range(size))}).encode()
    body = compress(envelope(b'{"type":"event"}\n' + payload))

    async def pieces():  # type: ignore[no-untyped-def]
        for start in range(0, len(body), 10_000):
            yield body[start : start + 10_000]

    headers = {**edge.auth, "Content-Encoding": coding}
    async with edge.post(
        "/api/1/envelope/", data=pieces() if chunked else body, headers=headers, skip_auto_headers=["Deflate"]
    ) as answer:
        assert answer.status == 200, await answer.text()
    assert [value for _, value in await edge.received()] == [payload]


@pytest.mark.parametrize(
    "content_type",
    ["application/x-sentry-envelope", "text/plain;charset=UTF-8", "multipart/form-data; boundary=x", None],
)
async def test_content_types_do_not_matter(edge: RunningEdge, content_type: str | None) -> None:
    headers = {**edge.auth, **({"Content-Type": content_type} if content_type else {})}
    async with edge.post(
        "/api/1/envelope/", data=envelope(EVENT), headers=headers, skip_auto_headers=["Content-Type"]
    ) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Sentry-Auth": f"Sentry sentry_key={KEY}, sentry_version=7, sentry_client=raven-js/1"},
        {"X-Sentry-Auth": f"Sentry sentry_version=7,sentry_client=raven-js/1,sentry_key={KEY.upper()}"},
        {"Authorization": f"Sentry sentry_client=raven-js/1, sentry_key={KEY}"},
    ],
)
async def test_keys_in_headers(edge: RunningEdge, headers: dict[str, str]) -> None:
    async with edge.post("/api/1/envelope/", data=envelope(EVENT), headers=headers) as answer:
        assert answer.status == 200
    assert (await edge.received())[0][0].sdk == "raven-js/1"


async def test_keys_elsewhere(edge: RunningEdge) -> None:
    basic = base64.b64encode(f"{KEY}:secret".encode()).decode()
    dsn = b'{"dsn":"https://%s:secret@errors.example/prefix/1"}' % KEY.encode()
    for path, headers, header in (
        (f"/api/1/envelope/?sentry_key={KEY}&sentry_version=7", {}, b"{}"),
        ("/api/1/envelope/", {"Authorization": f"Basic {basic}"}, b"{}"),
        ("/api/1/envelope/", {}, dsn),
    ):
        async with edge.post(path, data=envelope(EVENT, header=header), headers=headers) as answer:
            assert answer.status == 200, await answer.text()
    assert len(await edge.received()) == 3


async def test_the_project_of_a_dsn_is_checked_too(edge: RunningEdge) -> None:
    dsn = b'{"dsn":"https://%s@errors.example/2"}' % OTHER_KEY.encode()
    async with edge.post("/api/1/envelope/", data=envelope(EVENT, header=dsn), headers={}) as answer:
        assert answer.status == 403


async def test_event_ids(edge: RunningEdge) -> None:
    dashed = "A1B2C3D4-E5F6-0718-293A-4B5C6D7E8F90"
    for header, payload, expected in (
        (b"{}", b'{"event_id":"%s"}' % dashed.encode(), EVENT_ID),
        (b'{"event_id":"%s"}' % dashed.encode(), b'{"event_id":"%s"}' % (b"f" * 32), EVENT_ID),
        (b'{"event_id":null}', b'{"event_id":null,"x":NaN}', None),
    ):
        body = envelope(b'{"type":"event"}\n' + payload, header=header)
        async with edge.post("/api/1/envelope/", data=body) as answer:
            event_id = (await answer.json())["id"]
        assert expected in (None, event_id)
        assert len(event_id) == 32
        assert (await edge.received())[-1][0].event_id == event_id


async def test_items_that_are_not_kept(edge: RunningEdge) -> None:
    body = envelope(
        b'{"type":"transaction"}\n{}',
        b'{"type":"log","item_count":12,"content_type":"application/vnd.sentry.items.log+json"}\n{"items":[]}',
        b'{"type":"attachment","length":3,"filename":"a"}\n\n\n\n',
        b'{"type":"user_report"}\n{}',
        b'{"type":"something_new"}\n{}',
        EVENT,
        EVENT,
    )
    async with edge.post("/api/1/envelope/", data=body) as answer:
        assert answer.status == 200
        assert answer.headers["X-Sentry-Rate-Limits"] == UNSUPPORTED_LIMIT
    assert len(await edge.received()) == 1
    outcomes = await edge.outcomes()
    assert {(o.outcome, o.reason, o.category, o.quantity) for o in outcomes} == {
        ("unsupported", "transaction", "transaction", 1),
        ("unsupported", "log", "log_item", 12),
        ("unsupported", "attachment", "attachment", 1),
        ("unsupported", "user_report", "feedback", 1),
        ("unsupported", "unknown_item_type", "unknown", 1),
        ("invalid", "second_event", "error", 1),
    }


def test_errors_are_never_limited_with_what_is_not_kept() -> None:
    seconds, categories, *_ = UNSUPPORTED_LIMIT.split(":")
    assert int(seconds) > 0
    assert not {"error", "default", "security", ""} & set(categories.split(";"))


async def test_what_clients_dropped(edge: RunningEdge) -> None:
    report = {
        "timestamp": 1,
        "discarded_events": [
            {"reason": "queue_overflow", "category": "error", "quantity": 23},
            {"reason": "made-up", "category": "made-up", "quantity": 2},
            {"reason": ["x"], "category": {}, "quantity": 3},
            {"reason": "sample_rate", "category": "transaction", "quantity": -1},
            {"reason": "sample_rate", "category": "transaction", "quantity": 10**30},
            {},
        ],
    }
    body = envelope(
        b'{"type":"client_report"}\n' + json.dumps(report).encode(), b'{"type":"client_report"}\n[]'
    )
    async with edge.post("/api/1/envelope/", data=body) as answer:
        assert (answer.status, await answer.json()) == (200, {})
    assert {(o.outcome, o.reason, o.category, o.quantity) for o in await edge.outcomes()} == {
        ("client_discard", "queue_overflow", "error", 23),
        ("client_discard", "other", "unknown", 5),
        ("invalid", "client_report", "internal", 1),
    }


BASE64 = base64.b64encode(zlib.compress(PAYLOAD))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(PAYLOAD, {}, id="plain"),
        pytest.param(b" \n" + PAYLOAD, {}, id="white space"),
        pytest.param(zlib.compress(PAYLOAD), {"Content-Encoding": "deflate"}, id="raven"),
        pytest.param(
            zlib.compress(PAYLOAD), {"Content-Type": "application/octet-stream"}, id="zlib, not said"
        ),
        pytest.param(BASE64, {}, id="base64 of zlib"),
        pytest.param(BASE64.rstrip(b"=") + b"\n", {}, id="base64 without padding"),
        pytest.param(base64.urlsafe_b64encode(zlib.compress(PAYLOAD)), {}, id="URL-safe base64"),
        pytest.param(base64.b64encode(PAYLOAD), {}, id="base64 of JSON"),
        pytest.param(b"sentry_data=" + urllib.parse.quote_plus(PAYLOAD).encode(), {}, id="form"),
        pytest.param(b"a=b&sentry_data=" + BASE64, {}, id="form of base64"),
        pytest.param(
            gzip.compress(b"sentry_data=" + BASE64), {"Content-Encoding": "gzip"}, id="gzipped form"
        ),
    ],
)
@pytest.mark.parametrize("slash", ["/", ""])
async def test_store(edge: RunningEdge, body: bytes, headers: dict[str, str], slash: str) -> None:
    async with edge.post(f"/api/1/store{slash}", data=body, headers={**edge.auth, **headers}) as answer:
        assert answer.status == 200, await answer.text()
        event_id = (await answer.json())["id"]
    [(received, value)] = await edge.received()
    assert value.strip() == PAYLOAD
    assert (received.event_id, received.protocol) == (event_id, "store")


@pytest.mark.parametrize("body", [b"sentry_data=", b"a=b&c=d", b"%%%", b"x\x9c", b"[]", BASE64[:20]])
async def test_store_that_is_refused(edge: RunningEdge, body: bytes) -> None:
    async with edge.post("/api/1/store/", data=body) as answer:
        assert answer.status == 400
    await edge.assert_alive()


async def test_a_transaction_in_the_store(edge: RunningEdge) -> None:
    async with edge.post("/api/1/store/", data=b'{"type":"transaction"}') as answer:
        assert answer.status == 200
        assert answer.headers["X-Sentry-Rate-Limits"] == UNSUPPORTED_LIMIT
    assert await edge.received() == []
    assert [(o.outcome, o.reason) for o in await edge.outcomes()] == [("unsupported", "transaction")]


@pytest.mark.parametrize("path", ["/api/1/security/", "/api/1/csp-report/", "/api/1/security"])
async def test_security_reports(edge: RunningEdge, path: str) -> None:
    report = b'{"csp-report":{"document-uri":"https://shop.example/","violated-directive":"img-src"}}'
    headers = {"Content-Type": "application/csp-report"}
    async with edge.post(f"{path}?sentry_key={KEY}", data=report, headers=headers) as answer:
        assert answer.status == 200
        event_id = (await answer.json())["id"]
    [(received, value)] = await edge.received()
    assert value == report
    assert (received.event_id, received.protocol) == (event_id, "security")
    assert received.content_type == "application/csp-report"


async def test_reports_of_the_reporting_api(edge: RunningEdge) -> None:
    first, second = b'{"type":"csp-violation","body":{"blockedURL":"x"}}', b'{"type": "deprecation" }'
    body = b"[" + first + b" , " + second + b"]"
    async with edge.post(f"/api/1/security/?sentry_key={KEY}", data=body, headers={}) as answer:
        assert answer.status == 200
    assert [value for _, value in await edge.received()] == [first, second]
    for bad in (b"[1]", b"[", b"[" + b"{}," * 200 + b"{}]", b"7"):
        async with edge.post(f"/api/1/security/?sentry_key={KEY}", data=bad, headers={}) as answer:
            assert answer.status in (400, 413)


async def test_preflights(edge: RunningEdge) -> None:
    headers = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-sentry-auth,content-type",
    }
    for path in ("/api/1/envelope/", "/api/1/store/", "/api/1/security/", "/api/v1/events"):
        async with edge.client.options(edge.url + path, headers=headers) as answer:
            assert answer.status == 204
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "POST" in answer.headers["Access-Control-Allow-Methods"]
            allowed = answer.headers["Access-Control-Allow-Headers"].lower()
            for name in ("x-sentry-auth", "content-type", "content-encoding", "sentry-trace", "baggage"):
                assert name in allowed
            assert answer.headers["Access-Control-Max-Age"] == "3600"
            exposed = answer.headers["Access-Control-Expose-Headers"].lower()
            assert "retry-after" in exposed and "x-sentry-rate-limits" in exposed


async def test_the_log_is_away(edge: RunningEdge) -> None:
    edge.log.failure = StoreUnavailable("the disk is full")
    for path, body in (("/api/1/envelope/", envelope(EVENT)), ("/api/1/store/", PAYLOAD)):
        async with edge.post(path, data=body) as answer:
            assert answer.status == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert (await answer.json())["error"]["code"] == "unavailable"
    edge.log.failure = None
    assert await edge.received() == []
    assert await edge.outcomes() == []
    await edge.assert_alive()


async def test_headers_that_cannot_be_encoded(edge: RunningEdge) -> None:
    host, port = edge.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = envelope(b'{"type":"event","content_type":"\xc3\xa9"}\n{}')
    writer.write(
        b"POST /api/1/envelope/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: caf\xe9\xff\r\n"
        b"X-Sentry-Auth: Sentry sentry_key=%s\r\nContent-Length: %d\r\n\r\n%s"
        % (KEY.encode(), len(body), body)
    )
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 200 ")
    [(received, _)] = await edge.received()
    assert received.sdk == "caf??"
    assert received.content_type == "?"
