"""The running server keeps what its OpenAPI document promises: schemathesis asks every route for what it takes, and for what
it does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.server import Server

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
)
#: What is not asked: a stream that does not end, what sends messages to whatever address, and the edge, whose bodies are no
#: JSON and which takes keys in place of tokens (test_whole_bad_input.py).
EXCLUDED = r"(/alerts/stream|/channels/\{channel\}/test|^/api/v1/events|^/api/\{project\}/.*)$"


@pytest.mark.servers
@pytest.mark.timeout(300)
def test_the_server_keeps_what_its_document_promises(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.start()
    try:
        assert server.command("send", server.dsn, "something failed").returncode == 0
        done = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"),
                "run",
                f"http://{server.host}:{server.port}/openapi.json",
                f"--header=Authorization: Bearer {server.token}",
                f"--checks={','.join(CHECKS)}",
                f"--exclude-path-regex={EXCLUDED}",
                "--phases=examples,coverage,fuzzing",
                "--max-examples=5",
                "--max-time=45",
                "--generation-deterministic",
                "--no-shrink",
                "--warnings=off",
                "--no-color",
            ],
            cwd=tmp_path,
            env={**os.environ, "PYTHONWARNINGS": ""},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    finally:
        server.stop()
    assert done.returncode == 0, done.stdout[-60_000:] + done.stderr
