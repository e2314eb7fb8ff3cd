"""The interface that all servers share."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from infra.servers.process import ServerProcess


class Server(ABC):
    """A server with its data in one folder. ``start`` and ``stop`` may each be called at any time; data outlives both.

    Ports are chosen when the object is made and stay the same for as long as it lives. A context manager starts and stops.
    """

    name: ClassVar[str]

    def __init__(self, folder: Path) -> None:
        """``folder`` is absolute and this server's own: new, as the passwords in it will be this object's."""
        self.folder = folder

    @classmethod
    @abstractmethod
    def prepare(cls) -> Path:
        """Download or build what the server needs, once; returns where it is.

        Raises:
            ServerError: that failed.
        """

    @abstractmethod
    def start(self) -> None:
        """Start and wait until requests are answered. It does nothing when the server runs.

        Raises:
            ServerError: it did not become ready; the message ends with its log.
        """

    @abstractmethod
    def stop(self) -> None:
        """Stop cleanly; no process is left when this returns."""

    @property
    @abstractmethod
    def running(self) -> bool:
        """Whether every process of the server runs."""

    @property
    @abstractmethod
    def process_ids(self) -> list[int]:
        """The ids of the processes that run; each leads a process group of its own."""

    @abstractmethod
    def environment(self) -> Mapping[str, str]:
        """The ``STACKTIDE_*`` settings that point Stacktide at this server."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class SingleServer(Server):
    """A server of one process."""

    start_timeout: ClassVar[float] = 60.0
    _process: ServerProcess | None = None

    @abstractmethod
    def _make_process(self) -> ServerProcess:
        """Prepare the data folder if it is new and return the process, not started."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether the server answers a request."""

    def start(self) -> None:
        if self._process is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._process = self._make_process()
        if not self._process.running:
            self._process.start()
            self._process.wait_ready(self._answers, self.start_timeout)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.end()

    def kill(self) -> None:
        """SIGKILL, as if the machine had failed."""
        if self._process is not None:
            self._process.kill()

    def restart(self) -> None:
        """Start again on the same port and data, after ``kill`` or while running."""
        self.stop()
        self.start()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.running

    @property
    def process_ids(self) -> list[int]:
        return [self._process.pid] if self._process is not None and self._process.running else []
