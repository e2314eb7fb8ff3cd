"""Caching, verification, processes and the command, without the large servers."""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from processes import exists, gone

from infra.servers.cache import prepared, run
from infra.servers.errors import ServerError
from infra.servers.maven import verify
from infra.servers.ports import accepts, free_port
from infra.servers.process import ServerProcess

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("STACKTIDE_SERVERS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_server_is_prepared_once_for_its_pins(cache, tmp_path):
    pin = tmp_path / "pin"
    built = []

    def build(folder):
        built.append(folder)
        (folder / "program").write_text(pin.read_text())

    for version in ("1", "1", "2", "1"):
        pin.write_text(version)
        assert (prepared("server", [pin], "build", build) / "program").read_text() == version
    assert len(built) == len(set(built)) == 2
    assert all(folder.parent == cache for folder in built)


def test_a_failed_preparation_is_not_used(cache, tmp_path):
    pin = tmp_path / "pin"
    pin.touch()
    with pytest.raises(ServerError, match=r"exit 3(?s:.)*the reason"):
        prepared("server", [pin], "build", lambda f: run(["sh", "-c", "echo the reason; exit 3"], f))
    folder = prepared("server", [pin], "build", lambda folder: (folder / "program").touch())
    assert (folder / "program").exists()


def test_a_missing_tool_is_named(tmp_path):
    with pytest.raises(ServerError, match="no-such-tool is needed"):
        run(["no-such-tool"], tmp_path)


def test_jars_must_be_those_on_the_list(tmp_path):
    def line(jar):
        return f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}\n"

    one, two = tmp_path / "one.jar", tmp_path / "two.jar"
    one.write_bytes(b"1")
    two.write_bytes(b"2")
    sums = tmp_path / "jars.sha256"
    sums.write_text(line(one) + line(two))
    verify(tmp_path, sums)
    two.write_bytes(b"other")
    with pytest.raises(ServerError, match=r"two\.jar"):
        verify(tmp_path, sums)
    sums.write_text(line(two))
    with pytest.raises(ServerError, match=r"one\.jar"):
        verify(tmp_path, sums)


def test_a_process_that_ends_says_why(tmp_path):
    process = ServerProcess("failing", ["sh", "-c", "echo the reason; exit 3"], tmp_path)
    process.start()
    with pytest.raises(ServerError, match=r"exit 3(?s:.)*the reason"):
        process.wait_ready(lambda: False, timeout=10)


def test_a_process_that_is_not_ready_is_killed(tmp_path):
    process = ServerProcess("slow", ["sh", "-c", "echo waiting; sleep 60"], tmp_path)
    process.start()
    pid = process.pid
    with pytest.raises(ServerError, match=r"not ready(?s:.)*waiting"):
        process.wait_ready(lambda: False, timeout=0.5)
    assert gone(pid)


def test_a_process_that_ignores_the_signal_is_killed_with_its_children(tmp_path):
    script = "trap '' TERM; sleep 61 & echo $! > child; echo ready; wait; wait"
    process = ServerProcess("stubborn", ["sh", "-c", script], tmp_path)
    process.start()
    process.wait_ready(lambda: process.logged("ready"), timeout=10)
    process.terminate()
    process.end(timeout=0.3)
    assert not process.running
    assert gone(int((tmp_path / "child").read_text()))


def test_free_ports_are_free_and_not_given_twice():
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    assert not any(accepts(port) for port in ports)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_servers_end_with_the_process_that_started_them(tmp_path, number):
    program = (
        "import sys, time, threading\n"
        "from pathlib import Path\n"
        "from infra.servers.process import ServerProcess\n"
        "process = ServerProcess('one', ['sleep', '62'], Path(sys.argv[1]))\n"
        # A thread that ends: the server must not end with it.
        "thread = threading.Thread(target=process.start)\n"
        "thread.start()\n"
        "thread.join()\n"
        "print(process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert exists(pid)
        parent.send_signal(number)
    assert gone(pid)


@pytest.mark.servers
def test_the_command_runs_until_it_is_interrupted(tmp_path):
    written = tmp_path / "servers.env"
    command = [sys.executable, "-m", "infra.servers", "--only", "redis", "--env-file", str(written)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        line = running.stdout.readline().removeprefix("export ")
        assert line.startswith("STACKTIDE_REDIS_URL=redis://")
        assert written.read_text() == line
        port = int(line.rsplit(":", 1)[1].split("/")[0])
        assert accepts(port)
        running.send_signal(signal.SIGINT)
    assert running.returncode == 0
    assert not accepts(port)


def test_the_command_names_an_unknown_server():
    command = [sys.executable, "-m", "infra.servers", "--only", "mongodb"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "choose from kafka" in ended.stderr
