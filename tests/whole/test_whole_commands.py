"""The commands as a person runs them, beside a running process and without one."""

import json
import re
import urllib.error
import urllib.request

import pytest

from benchmarks.server import Server, until
from infra.dashboard.build import is_built


def run(server: Server, *arguments: str, code: int = 0) -> str:
    """Standard output of a command that is to end with ``code``."""
    done = server.command(*arguments)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


async def test_a_project_a_key_and_a_test_error(server):
    made = json.loads(run(server, "project", "add", "Web shop", "--json"))
    assert str(made["id"]) in run(server, "project", "list")
    dsn = json.loads(run(server, "key", "add", str(made["id"]), "--label", "mobile", "--json"))["dsn"]
    sent = re.search(r"[0-9a-f]{32}", run(server, "send", dsn, "it works"))
    assert sent is not None
    issues = f"/api/v1/projects/{made['id']}/issues"
    await until(lambda: server.get(issues)["items"], 10)
    assert server.get(issues)["items"][0]["title"] == "TestError: it works"


def test_a_revoked_key_is_refused(server):
    made = json.loads(run(server, "project", "add", "Short-lived", "--json"))
    key = made["dsn"].split("//")[1].split("@")[0]
    assert "revoked" in run(server, "key", "revoke", key)
    refused = server.command("send", made["dsn"])
    assert refused.returncode == 1
    assert "401" in refused.stderr


def test_a_token_sees_what_it_is_for(server):
    token = json.loads(run(server, "token", "add", "reader", "--scope", "read", "--project", "1", "--json"))[
        "token"
    ]
    other = json.loads(run(server, "project", "add", "Not for the reader", "--json"))["id"]
    bootstrap, server.token = server.token, token
    try:
        assert [project["id"] for project in server.get("/api/v1/projects")["items"]] == ["1"]
        with pytest.raises(Exception, match="404"):
            server.get(f"/api/v1/projects/{other}/issues")
    finally:
        server.token = bootstrap


@pytest.mark.parametrize(
    ("dsn", "says"),
    [("nonsense", "is not a DSN"), ("http://" + "a" * 32 + "@127.0.0.1:9/1", "Is Stacktide running")],
)
def test_send_says_what_is_wrong(server, dsn, says):
    assert says in server.command("send", dsn).stderr


def test_topics_and_topology(server):
    topics = {row["topic"]: row for row in json.loads(run(server, "topics", "--json"))}
    assert topics["events-received"]["problem"] == ""
    assert topics["events-received"]["declared"]
    nodes = json.loads(run(server, "topology", "--live", "--format", "json"))["nodes"]
    assert {"rate", "lag", "batch", "cpu_us"} == set(nodes[0]["live"])
    assert "flowchart" in run(server, "topology", "--format", "mermaid")
    assert "digraph" in run(server, "topology", "--format", "dot")
    assert "deduplicate" in run(server, "topology")


def test_every_command_has_help_with_an_example(server):
    for command in (
        ["up"],
        ["send"],
        ["topology"],
        ["topics"],
        ["doctor"],
        ["bench"],
        ["dlq", "redrive"],
        ["replay"],
        ["artifacts", "upload"],
        ["key", "add"],
    ):
        assert "Example" in run(server, *command, "--help")


def test_a_missing_folder_and_a_wrong_setting_are_said(server, tmp_path):
    assert "There is no data folder" in server.command("doctor", "--data", str(tmp_path / "none")).stderr
    wrong = Server(tmp_path / "data", STACKTIDE_PORT="eighty")
    assert "STACKTIDE_PORT is 'eighty'" in wrong.command("up").stderr


def test_commands_work_without_a_running_process(tmp_path):
    server = Server(tmp_path / "data")
    server.start()
    server.stop()
    assert json.loads(run(server, "dlq", "list", "--json")) == []
    assert all(row["problem"] == "" for row in json.loads(run(server, "topics", "--create", "--json")))
    assert json.loads(run(server, "doctor", "--json", "--wait", "0"))[0]["check"] == "lag"


def test_the_first_page_and_an_unknown_path(server):
    with urllib.request.urlopen(f"http://{server.host}:{server.port}/") as page:
        said = "The dashboard needs JavaScript" if is_built() else "Stacktide is running"
        assert said in page.read().decode()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://{server.host}:{server.port}/nonsense")
    with refused.value as answer:
        assert json.loads(answer.read())["error"]["code"] == "not_found"
