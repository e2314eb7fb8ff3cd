"""Real SDKs, unchanged but for their DSN: the same error twice is one issue with count 2."""

import json
import subprocess

import pytest

from benchmarks.server import until
from tests.conformance import toolchains


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "prepare",
    [
        pytest.param(toolchains.current_python, id="sentry-sdk 2.75"),
        pytest.param(toolchains.older_python, id="sentry-sdk 1.45"),
        pytest.param(toolchains.raven, id="raven 6.10"),
        pytest.param(toolchains.node, id="@sentry-node 11", marks=pytest.mark.servers),
        pytest.param(toolchains.go, id="sentry-go", marks=pytest.mark.servers),
    ],
)
async def test_the_same_error_twice_is_one_issue(server, project, prepare):
    number, dsn = project
    command = prepare()
    sent = []
    for _ in range(2):
        run = subprocess.run([*command, dsn], capture_output=True, text=True, timeout=60, check=False)  # noqa: ASYNC221
        assert run.returncode == 0, run.stderr
        sent += [json.loads(line) for line in run.stdout.splitlines()]

    def issues():
        return server.get(f"/api/v1/projects/{number}/issues")["items"]

    await until(lambda: sum(issue["count"] for issue in issues()) == len(sent), 10)
    assert sorted(issue["count"] for issue in issues()) == [2] * (len(sent) // 2)
    for event in sent:
        event_id = event["event_id"].replace("-", "")
        stored = server.get(f"/api/v1/projects/{number}/events/{event_id}")
        assert stored["event_id"] == event_id
        assert stored["issue_id"] in {issue["id"] for issue in issues()}


async def test_sessions_of_a_real_sdk_show_as_the_health_of_their_release(server, project):
    number, dsn = project
    client = [*toolchains.current_python()[:-1], str(toolchains.CLIENTS / "python" / "sessions.py")]
    run = subprocess.run([*client, dsn], capture_output=True, text=True, timeout=60, check=False)  # noqa: ASYNC221
    assert run.returncode == 0, run.stderr

    def releases():
        return server.get(f"/api/v1/projects/{number}/release-health")["items"]

    await until(lambda: sum(release["sessions"] for release in releases()) == 8, 20)
    (release,) = releases()
    assert release["release"] == "shop@1.2.3"
    assert [release[state] for state in ("healthy", "errored", "abnormal", "crashed")] == [5, 2, 0, 1]
    assert (release["users"], release["crash_free_users"]) == (3, 1 - 1 / 3)
    assert release["crash_free_sessions"] == 0.875
    await until(lambda: releases()[0]["errors"] == 3, 20)
    assert releases()[0]["errors_per_session"] == 0.375
