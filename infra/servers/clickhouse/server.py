"""The stand-in for a ClickHouse server, as a server of this package."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from infra.servers.http import answers
from infra.servers.ports import free_port
from infra.servers.process import ServerProcess
from infra.servers.server import SingleServer

_ROOT = Path(__file__).resolve().parents[3]
_DATABASE = "stacktide"


class ClickHouse(SingleServer):
    """ClickHouse's engine behind ``adapter``, in a process of this environment's Python. It has no users."""

    name: ClassVar[str] = "clickhouse"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = free_port()

    @property
    def url(self) -> str:
        """With the database, which exists."""
        return f"http://127.0.0.1:{self.port}/{_DATABASE}"

    @classmethod
    def prepare(cls) -> Path:
        return _ROOT

    def environment(self) -> Mapping[str, str]:
        return {"STACKTIDE_CLICKHOUSE_URL": self.url}

    def _make_process(self) -> ServerProcess:
        command = [sys.executable, "-m", "infra.servers.clickhouse.adapter"]
        command += [str(self.folder / "data"), str(self.port), _DATABASE]
        # NumPy's threads are of no use here, and spin while they wait.
        environment = {"PYTHONPATH": str(_ROOT), "OPENBLAS_NUM_THREADS": "1"}
        return ServerProcess(self.name, command, self.folder, environment=environment)

    def _answers(self) -> bool:
        return answers(f"http://127.0.0.1:{self.port}/ping")
