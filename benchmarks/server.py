"""A Stacktide of its own for a measurement or a test: a child process on a free port and a folder of its own."""

import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """``stacktide up`` in a child process. It may be killed and started again on the same folder."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.host, self.port = "127.0.0.1", free_port()
        self.key, self.token = secrets.token_hex(16), secrets.token_hex(32)
        self.process: subprocess.Popen[bytes] | None = None
        self._environment = {
            **os.environ,
            "STACKTIDE_DATA": str(data),
            "STACKTIDE_PORT": str(self.port),
            "STACKTIDE_BOOTSTRAP_KEY": self.key,
            "STACKTIDE_BOOTSTRAP_TOKEN": self.token,
            "STACKTIDE_LOG_FORMAT": "json",
            **environment,
        }

    @property
    def log_path(self) -> Path:
        """What the server logged."""
        return self.data.parent / f"{self.data.name}.log"

    @property
    def dsn(self) -> str:
        """The DSN of project 1."""
        return f"http://{self.key}@{self.host}:{self.port}/1"

    def start(self, timeout: float = 60.0) -> float:
        """Start and wait until ready; returns the seconds that it took.

        Raises:
            RuntimeError: it ended, or was not ready in time.
        """
        started = time.monotonic()
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "commands", "up"], stdout=log, stderr=log, env=self._environment
            )
        while time.monotonic() - started < timeout:
            if self.process.poll() is not None:
                raise RuntimeError(f"stacktide up ended with {self.process.returncode}:\n{self._log_tail()}")
            if self._is_ready():
                return time.monotonic() - started
            time.sleep(0.02)
        self.kill()
        raise RuntimeError(f"stacktide up was not ready in {timeout} s:\n{self._log_tail()}")

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.host}:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def _log_tail(self) -> str:
        return self.log_path.read_text(errors="replace")[-4000:]

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to stop, and wait."""
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        self.process = None

    def get(self, path: str) -> Any:
        """The JSON of an API route.

        Raises:
            urllib.error.HTTPError: the answer was not a success.
        """
        request = urllib.request.Request(
            f"http://{self.host}:{self.port}{path}", headers={"Authorization": f"Bearer {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def pages(self, path: str) -> list[Any]:
        """All items of a paged list."""
        items: list[Any] = []
        cursor = None
        joint = "&" if "?" in path else "?"
        while True:
            page = self.get(path + joint + "limit=1000" + (f"&cursor={cursor}" if cursor else ""))
            items += page["items"]
            if not (cursor := page["next_cursor"]):
                return items

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a ``stacktide`` command on the same folder."""
        return subprocess.run(
            [sys.executable, "-m", "commands", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def cpu_seconds(self) -> float:
        """CPU time of the process so far, all threads."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def peak_memory(self) -> int:
        """Most bytes that were ever resident."""
        return self._status("VmHWM")

    def memory(self) -> int:
        """Bytes resident now."""
        return self._status("VmRSS")

    def _status(self, name: str) -> int:
        for line in self._proc("status").splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
        raise KeyError(name)

    def _proc(self, file: str) -> str:
        assert self.process is not None
        return Path(f"/proc/{self.process.pid}/{file}").read_text()


async def until(condition: Any, timeout: float, pause: float = 0.05) -> None:
    """Wait until ``condition()`` holds.

    Raises:
        TimeoutError: it did not in time.
    """
    deadline = time.monotonic() + timeout
    while not await asyncio.to_thread(condition):
        if time.monotonic() > deadline:
            raise TimeoutError("the condition did not come true in time")
        await asyncio.sleep(pause)
