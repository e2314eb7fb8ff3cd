"""A whole cluster on this machine, for measurements and tests: the real servers, the edge, workers and the API, each a process
of its own that can be killed, paused and started again.
"""

import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.server import free_port
from infra.servers import reaper
from infra.servers.clickhouse import ClickHouse
from infra.servers.kafka import Kafka
from infra.servers.opensearch import OpenSearch
from infra.servers.postgres import PostgreSQL
from infra.servers.redis import Redis
from infra.servers.s3 import S3
from infra.servers.server import Server

_READY_TIMEOUT = 90.0
_STOP_TIMEOUT = 30.0


class Part:
    """One process of Stacktide."""

    def __init__(
        self, folder: Path, name: str, arguments: list[str], port: int, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self.port = port
        self.log_path = folder / f"{name}.log"
        self._arguments = arguments
        self._environment = {**os.environ, **environment, "STACKTIDE_DATA": str(folder / name)}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, wait: bool = True) -> None:
        """Start, and wait until it is ready.

        Raises:
            RuntimeError: it ended, or was not ready in time.
        """
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "commands", *self._arguments],
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )
        reaper.watch(self.process.pid)
        if wait:
            self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until it says that it is ready.

        Raises:
            RuntimeError: it ended, or was not ready in time.
        """
        deadline = time.monotonic() + _READY_TIMEOUT
        while not self._is_ready():
            if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(
                    f"{self.name} is not ready:\n{self.log_path.read_text(errors='replace')[-4000:]}"
                )
            time.sleep(0.1)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
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

    @property
    def cpu_seconds(self) -> float:
        """CPU time that it has taken."""
        if self.process is None:
            return 0.0
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Cluster:
    """The servers and parts of one cluster. ``settings`` are more ``STACKTIDE_*`` variables, for every part."""

    def __init__(self, folder: Path, brokers: int = 1, **settings: str) -> None:
        self.folder = folder
        self.kafka = Kafka(folder / "kafka", brokers)
        self.clickhouse = ClickHouse(folder / "clickhouse")
        self.opensearch = OpenSearch(folder / "opensearch")
        self.s3 = S3(folder / "s3")
        self.postgres = PostgreSQL(folder / "postgres")
        self.redis = Redis(folder / "redis")
        self.servers: list[Server] = [
            self.kafka, self.clickhouse, self.opensearch, self.s3, self.postgres, self.redis
        ]  # fmt: skip
        self.parts: dict[str, Part] = {}
        self.key, self.token = secrets.token_hex(16), secrets.token_hex(32)
        self._settings = settings
        self.environment: dict[str, str] = {}

    def start_servers(self) -> None:
        """Start every server and migrate the stores."""
        with ThreadPoolExecutor(len(self.servers)) as threads:
            list(threads.map(lambda server: server.start(), self.servers))
        self.environment = {
            "STACKTIDE_BOOTSTRAP_KEY": self.key,
            "STACKTIDE_BOOTSTRAP_TOKEN": self.token,
            "STACKTIDE_LOG_FORMAT": "json",
            **self._settings,
        }
        for server in self.servers:
            self.environment |= server.environment()
        self.command("migrate")

    def command(self, *arguments: str) -> str:
        """What a command prints.

        Raises:
            RuntimeError: it failed.
        """
        done = subprocess.run(
            [sys.executable, "-m", "commands", *arguments],
            env={**os.environ, **self.environment, "STACKTIDE_DATA": str(self.folder / "command")},
            capture_output=True,
            text=True,
            timeout=180,
        )
        if done.returncode:
            raise RuntimeError(f"stacktide {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def start_edge(self, **settings: str) -> Part:
        """Start the edge."""
        return self._start("edge", ["edge"], "STACKTIDE_PORT", settings)

    def start_api(self) -> Part:
        """Start the API."""
        return self._start("api", ["api"], "STACKTIDE_PORT", {})

    def start_worker(self, name: str, *stages: str, wait: bool = True, **settings: str) -> Part:
        """Start a worker for some stages."""
        return self._start(name, ["worker", *stages], "STACKTIDE_ADMIN_PORT", settings, wait)

    def _start(
        self, name: str, arguments: list[str], port_setting: str, settings: dict[str, str], wait: bool = True
    ) -> Part:
        port = free_port()
        environment = {**self.environment, **settings, port_setting: str(port)}
        part = self.parts[name] = Part(self.folder, name, arguments, port, environment)
        part.start(wait)
        return part

    def stop(self) -> None:
        """Stop every part, then every server."""
        for part in reversed(self.parts.values()):
            part.kill()
        with ThreadPoolExecutor(len(self.servers)) as threads:
            list(threads.map(lambda server: server.stop(), self.servers))
