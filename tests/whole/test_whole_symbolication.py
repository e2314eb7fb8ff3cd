"""A map that comes late, by the commands of a build and of an operator: uploaded, noticed, and what came before mended."""

import json
import time
import uuid

import pytest
from symbolication_files import CALLS, DEBUG_ID, ORIGINAL, RELEASE, SCRIPT, SOURCE_MAP, URL

from benchmarks.server import until


@pytest.fixture
def build(tmp_path):
    """The folder of a build."""
    static = tmp_path / "dist" / "static"
    static.mkdir(parents=True)
    (static / "app.min.js").write_bytes(SCRIPT)
    (static / "app.min.js.map").write_bytes(SOURCE_MAP)
    (static / "of-no-use.js").write_text("a()")
    return tmp_path / "dist"


def send(post):
    frames = [
        {"abs_path": URL, "filename": URL, "function": name, "lineno": 1, "colno": column}
        for name, column in CALLS
    ]
    error = {"type": "TypeError", "value": "no price", "stacktrace": {"frames": frames}}
    event_id = uuid.uuid4().hex
    event = {
        "event_id": event_id,
        "platform": "javascript",
        "release": RELEASE,
        "exception": {"values": [error]},
    }
    status, _ = post("/api/v1/events", json.dumps(event).encode(), content_type="application/json")
    assert status == 202
    return event_id


async def test_a_map_that_comes_late(server, project, post, build):
    number = str(project[0])

    def places(event_id):
        try:
            event = server.get(f"/api/v1/projects/{number}/events/{event_id}")["event"]
        except Exception:
            return None
        frames = event["exceptions"][0]["stacktrace"]["frames"]
        return [(frame["filename"], frame.get("function"), frame["lineno"]) for frame in frames]

    def issues():
        return [(item["count"]) for item in server.get(f"/api/v1/projects/{number}/issues")["items"]]

    early = send(post)
    await until(lambda: places(early), 20)
    assert places(early) != ORIGINAL

    api = ("--server", f"http://{server.host}:{server.port}", "--token", server.token, "--project", number)
    done = server.command("artifacts", "upload", str(build), "--release", RELEASE, *api, "--json")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["items"]) == 2
    uploaded = time.monotonic()
    while True:
        late = send(post)
        await until(lambda late=late: places(late), 20)
        if places(late) == ORIGINAL:
            break
        assert time.monotonic() - uploaded < 20, "the upload was not noticed"
    sent = sum(issues())
    assert len(issues()) == 2

    done = server.command("replay", "--from", "1h", "--project", number, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "replayed": sent,
        "complete": True,
        "after": json.loads(done.stdout)["after"],
    }
    await until(lambda: issues() == [sent], 20)
    assert places(early) == ORIGINAL

    listed = json.loads(server.command("artifacts", "list", *api, "--json").stdout)
    assert {item["kind"] for item in listed} == {"source_map", "minified_source"}
    assert "2 artifacts" in server.command("artifacts", "drop", "--release", RELEASE, *api).stdout


def test_what_a_build_is_told(server, project, tmp_path):
    api = ("--server", f"http://{server.host}:{server.port}", "--token", server.token)
    empty = server.command("artifacts", "upload", str(tmp_path), *api)
    assert (empty.returncode, "neither" in empty.stderr) == (1, True)
    script = tmp_path / "app.js"
    script.write_bytes(SCRIPT)
    refused = server.command("artifacts", "upload", str(script), *api)
    assert (refused.returncode, "debug id" in refused.stderr) == (1, True)
    wrong = server.command("artifacts", "list", *api[:2], "--token", "wrong")
    assert (wrong.returncode, "unknown" in wrong.stderr) == (1, True)
    none = server.command("artifacts", "drop", DEBUG_ID)
    assert "Give an API token" in none.stderr
