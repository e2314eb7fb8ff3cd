"""Events of real SDKs, some deliberately malformed: each arrives byte for byte by both protocols."""

from pathlib import Path

import pytest
from edge_server import KEY, RunningEdge

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "event-samples"
FILES = sorted(SAMPLES.rglob("*.json")) if SAMPLES.is_dir() else []

pytestmark = pytest.mark.skipif(not FILES, reason="the event samples are not beside this checkout")


async def test_samples_arrive(edge: RunningEdge) -> None:
    native = {"X-Stacktide-Key": KEY}
    for file in FILES:
        payload = file.read_bytes()
        item = b'{}\n{"type":"event","length":%d}\n' % len(payload)
        before = len(await edge.received())
        for path, body, headers in (
            ("/api/1/envelope/", item + payload, edge.auth),
            ("/api/1/store/", payload, edge.auth),
            ("/api/v1/events", payload, native),
        ):
            async with edge.post(path, data=body, headers=headers) as answer:
                assert answer.status in (200, 202), f"{file.name}: {await answer.text()}"
        assert [value for _, value in (await edge.received())[before:]] == [payload] * 3, file.name
    assert await edge.outcomes() == []
