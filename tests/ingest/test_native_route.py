"""Our own protocol over HTTP: one event, an array, NDJSON."""

import gzip
import json

import pytest
from edge_server import KEY, RunningEdge

from settings import Settings

AUTH = {"Authorization": f"Bearer {KEY}"}
NDJSON = {**AUTH, "Content-Type": "application/x-ndjson"}


@pytest.mark.parametrize("headers", [AUTH, {"X-Stacktide-Key": KEY}, {"Authorization": f"bearer  {KEY}"}])
@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "text/plain", "application/x.y+json"]
)
async def test_one_event(edge: RunningEdge, headers: dict[str, str], content_type: str) -> None:
    payload = b' {"message": "a",  "event_id": "a1b2c3d4-e5f6-0718-293a-4b5c6d7e8f90"}\n'
    async with edge.post(
        "/api/v1/events", data=payload, headers={**headers, "Content-Type": content_type}
    ) as answer:
        assert answer.status == 202
        assert await answer.json() == {"accepted": ["a1b2c3d4e5f60718293a4b5c6d7e8f90"], "rejected": []}
    [(received, value)] = await edge.received()
    assert value == payload
    assert (received.project, received.protocol) == (1, "v1")


@pytest.mark.parametrize("lines", [False, True])
async def test_several_events(edge: RunningEdge, lines: bool) -> None:
    good = [b'{"message":"%d", "spaced" : 1}' % number for number in range(5)]
    body = b"\n".join([*good, b""]) if lines else b" [" + b", ".join(good) + b"]"
    async with edge.post(
        "/api/v1/events",
        data=gzip.compress(body),
        headers={**(NDJSON if lines else AUTH), "Content-Encoding": "gzip"},
    ) as answer:
        assert answer.status == 202
        accepted = (await answer.json())["accepted"]
    assert [value for _, value in await edge.received()] == good
    assert [received.event_id for received, _ in await edge.received()] == accepted
    assert len(set(accepted)) == 5


async def test_the_bad_ones_of_several(edge: RunningEdge) -> None:
    events = [
        b'{"message":"good"}',
        b'{"event_id":"no"}',
        b"7",
        b'{"m":' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"m":"' + b"x" * edge.edge.settings.max_event_bytes + b'"}',
        b'{"message":"good"}',
    ]
    async with edge.post("/api/v1/events", data=b"[" + b",".join(events) + b"]", headers=AUTH) as answer:
        assert answer.status == 202
        value = await answer.json()
    assert len(value["accepted"]) == 2
    assert [(entry["index"], entry["error"]["code"]) for entry in value["rejected"]] == [
        (1, "invalid_event_id"),
        (2, "not_an_object"),
        (3, "nested_too_deep"),
        (4, "event_too_large"),
    ]
    assert [value for _, value in await edge.received()] == [b'{"message":"good"}'] * 2
    outcomes = await edge.outcomes()
    assert sorted((o.outcome, o.reason, o.quantity) for o in outcomes) == [
        ("invalid", "event_too_large", 1),
        ("invalid", "invalid_event_id", 1),
        ("invalid", "nested_too_deep", 1),
        ("invalid", "not_an_object", 1),
    ]


async def test_a_broken_line_does_not_hurt_the_others(edge: RunningEdge) -> None:
    async with edge.post("/api/v1/events", data=b'{"m":1}\n{"m":\n\n{"m":3}\r\n', headers=NDJSON) as answer:
        value = await answer.json()
    assert (answer.status, len(value["accepted"])) == (202, 2)
    assert [(entry["index"], entry["error"]["code"]) for entry in value["rejected"]] == [(1, "invalid_json")]


async def test_an_array_that_is_not_strict_json(edge: RunningEdge) -> None:
    async with edge.post("/api/v1/events", data=b'[{"m":NaN},{"m":"\xff"}]', headers=AUTH) as answer:
        assert answer.status == 202
        assert len((await answer.json())["accepted"]) == 2
    assert [json.loads(value) for _, value in await edge.received()] == [{"m": None}, {"m": "\ufffd"}]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"[", 400, "invalid_json"),
        (b"{", 400, "invalid_json"),
        (b"7", 400, "not_an_object"),
        (b"", 400, "empty_body"),
        (b"[" + b"[" * 100_000, 400, "invalid_json"),
        (b'{"m":"' + b"x" * (3 << 20) + b'"}', 413, "event_too_large"),
        (b"[" + b"{}," * 10_000 + b"{}]", 413, "too_many_events"),
    ],
)
async def test_refused_as_a_whole(edge: RunningEdge, body: bytes, status: int, code: str) -> None:
    async with edge.post("/api/v1/events", data=body, headers=AUTH) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (status, code)
    assert await edge.received() == []
    await edge.assert_alive()


async def test_nothing_in_an_array(edge: RunningEdge) -> None:
    async with edge.post("/api/v1/events", data=b"[]", headers=AUTH) as answer:
        assert (answer.status, await answer.json()) == (202, {"accepted": [], "rejected": []})


class TestBehindAProxy:
    """X-Forwarded-For counts where the peer is trusted."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return Settings(data=settings.data, trusted_proxies="127.0.0.0/8, 10.0.0.0/8")

    async def test_client_address(self, edge: RunningEdge) -> None:
        headers = {**AUTH, "X-Forwarded-For": "6.6.6.6, 203.0.113.9, 10.1.2.3"}
        async with edge.post("/api/v1/events", data=b"{}", headers=headers) as answer:
            assert answer.status == 202
        assert (await edge.received())[0][0].client_address == "203.0.113.9"


async def test_a_header_that_anybody_can_send(edge: RunningEdge) -> None:
    headers = {**AUTH, "X-Forwarded-For": "203.0.113.9"}
    async with edge.post("/api/v1/events", data=b"{}", headers=headers) as answer:
        assert answer.status == 202
    assert (await edge.received())[0][0].client_address == "127.0.0.1"
