"""One process of Stacktide for a measurement or a test: started, asked whether it is ready, paused, killed, started again."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_HOST = "127.0.0.1"
_READY_TIMEOUT = 90.0
_STOP_TIMEOUT = 30.0
_TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class Part:
    """``stacktide ARGUMENTS`` in a child process.

    ``environment`` is what it has beside this process's own; ``port`` is where that has it answer ``/readyz``.
    """

    def __init__(
        self, name: str, arguments: list[str], port: int, log_path: Path, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self.host, self.port = _HOST, port
        self.log_path = log_path
        self.process: subprocess.Popen[bytes] | None = None
        self._arguments = arguments
        self._environment = {**os.environ, **environment}

    def start(self, wait: bool = True) -> float:
        """Start, and wait until it is ready; returns the seconds that it took.

        Raises:
            RuntimeError: it ended, or was not ready in time.
        """
        started = time.monotonic()
        with self.log_path.open("ab") as log:
            self.process = self._spawn(stdout=log, stderr=log)
        if wait:
            self.wait_ready()
        return time.monotonic() - started

    def _spawn(self, **options: Any) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "commands", *self._arguments], env=self._environment, **options
        )

    def wait_ready(self) -> None:
        """Wait until it says that it is ready.

        Raises:
            RuntimeError: it ended, or was not ready in time; it has been killed then.
        """
        deadline = time.monotonic() + _READY_TIMEOUT
        while not self._is_ready():
            if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(
                    f"{self.name} is not ready:\n{self.log_path.read_text(errors='replace')[-4000:]}"
                )
            time.sleep(0.02)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.host}:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def signal(self, number: int) -> None:
        """Send a signal."""
        if self.process is not None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to stop, and wait.

        Raises:
            subprocess.TimeoutExpired: it did not.
        """
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)
        try:
            process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

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
