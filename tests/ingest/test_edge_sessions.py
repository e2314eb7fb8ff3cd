"""Sessions at the edge: read, bounded, and put on their own topic."""

import json
from typing import Any

import msgspec
import pytest
from edge_server import RunningEdge
from hypothesis import given
from hypothesis import strategies as st

from ingest.sessions import MAX_BYTES, BadSession, Times, reports_of
from schemas.sessions import SessionReport
from schemas.users import HASH_BITS, user_hash
from settings import Settings
from stores.errors import StoreUnavailable

NOW = 1_700_000_000.0
TIMES = Times(NOW, 86_400.0, 60.0)
SID = "7c7b6585-f901-4351-bf8d-02711b721929"
SESSION: dict[str, Any] = {
    "sid": SID,
    "did": "jane",
    "init": True,
    "seq": 3,
    "started": "2023-11-14T22:00:00.5Z",
    "timestamp": "2023-11-14T22:13:20Z",
    "status": "ok",
    "attrs": {"release": "shop@1.0", "environment": "production"},
}
SUMS: dict[str, Any] = {
    "aggregates": [
        {"started": "2023-11-14T22:12:00Z", "exited": 5, "errored": 2, "crashed": 1},
        {"started": "2023-11-14T22:13:00Z", "exited": 0},
        {"started": 1_699_999_000, "abnormal": 1, "unhandled": 3, "did": 7},
    ],
    "attrs": {"release": "shop@1.0"},
}


def read(kind: str, value: object, sent_at: object = None) -> list[SessionReport]:
    payload = value if isinstance(value, bytes) else json.dumps(value).encode()
    return reports_of(kind, payload, sent_at, 1, TIMES)


def state(**fields: object) -> str:
    (report,) = read("session", SESSION | fields)
    (found,) = (name for name in ("healthy", "errored", "abnormal", "crashed") if getattr(report, name))
    return found


def test_a_session() -> None:
    (report,) = read("session", SESSION)
    assert report == SessionReport(
        1, SID.replace("-", ""), "shop@1.0", "production", 1_699_999_200.5, healthy=1, user=user_hash("jane")
    )


def test_states() -> None:
    assert [state(status=status) for status in ("ok", "exited", "errored", "unhandled", "abnormal", "crashed")] == [
        "healthy", "healthy", "errored", "errored", "abnormal", "crashed",
    ]  # fmt: skip
    assert (state(errors=1), state(errors=0), state(errors=2, status="crashed")) == (
        "errored",
        "healthy",
        "crashed",
    )


def test_sums() -> None:
    first, last = read("sessions", SUMS)
    assert (first.healthy, first.errored, first.abnormal, first.crashed, first.user) == (5, 2, 0, 1, None)
    assert (last.errored, last.abnormal, last.started, last.user) == (3, 1, 1_699_999_000.0, user_hash("7"))
    assert first.id != last.id


def test_sums_that_are_sent_again_are_known() -> None:
    ids = [read("sessions", SUMS, sent)[0].id for sent in ("t1", "t1", "t2", None, None)]
    assert ids[0] == ids[1] and len(set(ids)) == 4


def test_a_wrong_clock() -> None:
    ahead = SESSION | {"started": NOW + 61}
    assert read("session", ahead)[0].started == NOW
    assert read("session", SESSION | {"started": NOW + 59})[0].started == NOW + 59
    assert read("session", SESSION | {"started": NOW - 86_399})[0].started == NOW - 86_399


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("session", b"{", "session_unreadable"),
        ("session", b"[]", "session_unreadable"),
        ("session", b'{"sid": "\xff"}', "session_unreadable"),
        ("session", b"[" * 100_000, "session_unreadable"),
        ("session", SESSION | {"attrs": 1}, "session_unreadable"),
        ("session", SESSION | {"attrs": {}}, "session_without_release"),
        ("session", SESSION | {"attrs": {"release": 1}}, "session_without_release"),
        ("session", SESSION | {"sid": "x"}, "session_id"),
        ("session", SESSION | {"sid": None}, "session_id"),
        ("session", SESSION | {"status": "fine"}, "session_status"),
        ("session", SESSION | {"status": []}, "session_status"),
        ("session", SESSION | {"started": None}, "session_start"),
        ("session", SESSION | {"started": "yesterday"}, "session_start"),
        ("session", SESSION | {"started": 1e300}, "session_start"),
        ("session", SESSION | {"started": True}, "session_start"),
        ("session", SESSION | {"started": NOW - 86_401}, "session_too_old"),
        ("sessions", {}, "session_unreadable"),
        ("sessions", SUMS | {"attrs": {}}, "session_without_release"),
        ("sessions", {"aggregates": [{"started": NOW, "exited": -1}], "attrs": SUMS["attrs"]}, "session_quantity"),
        ("sessions", {"aggregates": [{"started": NOW, "exited": 1e9}], "attrs": SUMS["attrs"]}, "session_quantity"),
        ("sessions", {"aggregates": [{}] * 1001, "attrs": SUMS["attrs"]}, "session_too_large"),
        ("sessions", b" " * (MAX_BYTES + 1), "session_too_large"),
    ],
)  # fmt: skip
def test_what_cannot_be_counted(kind: str, value: object, reason: str) -> None:
    with pytest.raises(BadSession, match=f"^{reason}$"):
        read(kind, value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(["session", "sessions"]), st.sampled_from([*SESSION, "aggregates"]), JSON)
def test_whatever_stands_anywhere_is_counted_or_refused(kind: str, name: str, value: object) -> None:
    for whole in (
        (SESSION | {name: value}),
        SUMS | {name: value},
        SUMS | {"aggregates": [{"started": NOW, name: value}]},
    ):
        try:
            reports = read(kind, whole)
        except BadSession:
            continue
        for report in reports:
            assert msgspec.json.decode(msgspec.json.encode(report), type=SessionReport) == report
            assert NOW - 86_400 <= report.started <= NOW + 60
            assert report.user is None or report.user < 2**HASH_BITS


def envelope(*items: tuple[str, object], header: object = None) -> bytes:
    lines = [json.dumps(header or {})]
    for kind, value in items:
        lines += [json.dumps({"type": kind}), json.dumps(value)]
    return "\n".join(lines).encode()


async def sessions_of(edge: RunningEdge) -> list[SessionReport]:
    records = await edge.log.records("sessions-received")
    reports = [msgspec.json.decode(record.value or b"", type=SessionReport) for record in records]
    assert [record.key for record in records] == [
        f"{report.project}:{report.id}".encode() for report in reports
    ]
    return reports


async def outcomes_of(edge: RunningEdge) -> set[tuple[str, str, str, int]]:
    return {(o.outcome, o.reason, o.category, o.quantity) for o in await edge.outcomes()}


async def test_sessions_reach_their_topic(edge: RunningEdge) -> None:
    body = envelope(
        ("session", SESSION),
        ("event", {"message": "m"}),
        ("sessions", SUMS),
        ("session", SESSION | {"sid": 1}),
    )
    async with edge.post("/api/1/envelope/", data=body) as answer:
        assert answer.status == 200
        assert "X-Sentry-Rate-Limits" not in answer.headers
        assert len((await answer.json())["id"]) == 32
    assert len(await edge.received()) == 1
    assert [(r.healthy, r.errored) for r in await sessions_of(edge)] == [(1, 0), (5, 2), (0, 3)]
    assert await outcomes_of(edge) == {
        ("accepted", "", "session", 3),
        ("invalid", "session_id", "session", 1),
    }


async def test_an_envelope_of_sessions_alone(edge: RunningEdge) -> None:
    async with edge.post("/api/1/envelope/", data=envelope(("session", SESSION))) as answer:
        assert (answer.status, await answer.json()) == (200, {})
    assert len(await sessions_of(edge)) == 1


async def test_a_log_that_is_away_takes_none(edge: RunningEdge) -> None:
    body = envelope(("sessions", SUMS), header={"sent_at": "2023-11-14T22:13:20Z"})
    edge.log.failure = StoreUnavailable("away")
    async with edge.post("/api/1/envelope/", data=body) as answer:
        assert answer.status == 503
    edge.log.failure = None
    assert await outcomes_of(edge) == set()
    for _ in range(2):
        async with edge.post("/api/1/envelope/", data=body) as answer:
            assert answer.status == 200
    reports = await sessions_of(edge)
    assert len(reports) == 4 and len({report.id for report in reports}) == 2


class TestLimited:
    """With limits of rate."""

    @pytest.fixture
    def settings(self, tmp_path: Any) -> Settings:
        return Settings(data=tmp_path, session_rate_limit=1.0, key_rate_limit=1.0, rate_limit_burst=1.0)

    async def test_sessions_have_a_rate_of_their_own(self, edge: RunningEdge) -> None:
        body = envelope(("event", {"message": "m"}), ("session", SESSION))
        async with edge.post("/api/1/envelope/", data=body) as answer:
            assert answer.status == 200
        edge.clock.now += 1.0
        for _ in range(2):
            async with edge.post("/api/1/envelope/", data=envelope(("session", SESSION))) as answer:
                assert answer.status == 200
        assert answer.headers["X-Sentry-Rate-Limits"] == "1:session:project:session_rate_limit"
        async with edge.post("/api/1/envelope/", data=body) as answer:
            assert answer.status == 200, "sessions leave room for errors"
        edge.clock.now += 1.0
        async with edge.post("/api/1/envelope/", data=envelope(("event", {}), ("event", {}))) as answer:
            assert answer.status == 200
        async with edge.post("/api/1/envelope/", data=body) as answer:
            assert answer.status == 429, "and a project without room for errors has its sessions counted"
        assert len(await sessions_of(edge)) == 3
        assert ("rate_limited", "session_rate_limit", "session", 2) in await outcomes_of(edge)
