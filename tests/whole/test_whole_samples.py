"""Every sample of what real SDKs send, through both protocols: shown, or refused with a reason."""

import json
import uuid
from pathlib import Path

import pytest

from benchmarks.server import until

SAMPLES = Path(__file__).parents[2].parent / "shared" / "data" / "event-samples"
FILES = sorted(SAMPLES.rglob("*.json"))


def with_new_id(path: Path) -> tuple[str, bytes]:
    """The sample under an id of its own, otherwise as it is."""
    event_id = uuid.uuid4().hex
    try:
        event = json.loads(path.read_bytes())
    except ValueError:
        return event_id, path.read_bytes()
    if isinstance(event, dict):
        event["event_id"] = event_id
        # Samples are years old; their own time would be outside what is kept.
        event.pop("timestamp", None)
    return event_id, json.dumps(event).encode()


@pytest.mark.skipif(not FILES, reason="the event samples are not here")
@pytest.mark.parametrize("protocol", ["envelope", "store", "events"])
async def test_every_sample_is_shown_or_refused_with_a_reason(server, project, post, protocol):
    number, _ = project
    expected, refused = set(), {}
    for path in FILES:
        event_id, body = with_new_id(path)
        if protocol == "envelope":
            envelope = b'{"event_id":"%s"}\n{"type":"event","length":%d}\n%s\n'
            status, answer = post(f"/api/{number}/envelope/", envelope % (event_id.encode(), len(body), body))
        elif protocol == "store":
            status, answer = post(f"/api/{number}/store/", body, Content_Type="application/json")
        else:
            status, answer = post("/api/v1/events", body, Content_Type="application/json")
        assert status in (200, 202, 400, 413), (path.name, status, answer)
        if status in (200, 202) and not (answer.get("rejected")):
            expected.add(event_id)
        else:
            refused[path.name] = answer

    def ended() -> bool:
        issues = server.pages(f"/api/v1/projects/{number}/issues")
        return sum(issue["count"] for issue in issues) >= len(expected)

    await until(ended, 30)
    for event_id in expected:
        event = server.get(f"/api/v1/projects/{number}/events/{event_id}")
        assert event["issue_id"]
        assert event["fingerprint"]
    assert all(answer["error"]["message"] for answer in refused.values() if "error" in answer)
    assert len(expected) > len(FILES) * 0.9, refused


async def test_nothing_went_wrong_meanwhile(server):
    log = server.log_path.read_text(errors="replace")
    failures = [line for line in log.splitlines() if '"level": "error"' in line or "Traceback" in line]
    assert failures == []
    doctor = server.command("doctor", "--json")
    assert doctor.returncode == 0, doctor.stdout
