"""A whole cluster on this machine, for measurements and tests: the real servers, the edge, workers and the API, each a process
of its own that can be killed, paused and started again.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.part import Part, free_port
from infra.servers import reaper
from infra.servers.clickhouse import ClickHouse
from infra.servers.kafka import Kafka
from infra.servers.opensearch import OpenSearch
from infra.servers.postgres import PostgreSQL
from infra.servers.redis import Redis
from infra.servers.s3 import S3
from infra.servers.server import Server


class ClusterPart(Part):
    """One process of a cluster, killed with the process that started it."""

    def _spawn(self, **options: Any) -> "subprocess.Popen[bytes]":
        process = super()._spawn(start_new_session=True, **options)
        reaper.watch(process.pid)
        return process


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
        part = self.add(name, arguments, port, {**self.environment, **settings, port_setting: str(port)})
        part.start(wait)
        return part

    def add(self, name: str, arguments: list[str], port: int, environment: Mapping[str, str]) -> Part:
        """A part that runs ``stacktide ARGUMENTS``, to be started."""
        data = {"STACKTIDE_DATA": str(self.folder / name)}
        log_path = self.folder / f"{name}.log"
        part = self.parts[name] = ClusterPart(name, arguments, port, log_path, {**environment, **data})
        return part

    def stop(self) -> None:
        """Stop every part, then every server."""
        for part in reversed(self.parts.values()):
            part.kill()
        with ThreadPoolExecutor(len(self.servers)) as threads:
            list(threads.map(lambda server: server.stop(), self.servers))
