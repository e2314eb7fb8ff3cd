"""One operating-system process of a server: started in a session of its own, its output in a log file."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from infra.servers import reaper
from infra.servers.errors import ServerError

_TAIL_LINES = 30
_CHECK_INTERVAL = 0.02


class ServerProcess:
    """A process that can be started again after it ended. Not thread-safe."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """``command`` runs in ``folder``; its output goes to ``folder/NAME.log``. ``environment`` adds to this process's.
        ``stop_signal`` is what asks it to end."""
        self.name = name
        self.command = list(command)
        self.folder = folder
        self.log = folder / f"{name}.log"
        self._stop_signal = stop_signal
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id. It is also the id of the process group."""
        if self._process is None:
            raise ServerError(f"{self.name} has not been started.")
        return self._process.pid

    def start(self) -> None:
        """Start the process. It does nothing when the process runs.

        Raises:
            ServerError: the program cannot be executed.
        """
        if self.running:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            try:
                self._process = subprocess.Popen(
                    self.command,
                    cwd=self.folder,
                    env={**os.environ, **self._environment},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                raise ServerError(f"{self.name} cannot be started: {error}") from error
        reaper.watch(self._process.pid)

    def wait_ready(self, check: Callable[[], bool], timeout: float) -> None:
        """Wait until ``check`` holds.

        Raises:
            ServerError: the process ended, or ``timeout`` seconds passed; the process has been killed then.
        """
        deadline = time.monotonic() + timeout
        while not check():
            if not self.running:
                raise ServerError(f"{self.name} ended while it started (exit {self.end()}).{self._tail()}")
            if time.monotonic() > deadline:
                self.kill()
                raise ServerError(f"{self.name} was not ready after {timeout:.0f} s.{self._tail()}")
            time.sleep(_CHECK_INTERVAL)

    def logged(self, text: str) -> bool:
        """Whether the process has written ``text`` to its log since it was last started."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return text.encode() in log.read()

    def terminate(self) -> None:
        """Ask the process to end and return at once; ``end`` waits."""
        self._signal(self._stop_signal)

    def end(self, timeout: float = 10.0) -> int | None:
        """Wait for the process to end, and kill it after ``timeout`` seconds. Returns its exit status, or None when it was
        never started."""
        if self._process is None:
            return None
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.wait()
        with contextlib.suppress(ProcessLookupError):  # What the process started and left behind.
            os.killpg(self._process.pid, signal.SIGKILL)
        reaper.forget(self._process.pid)
        return self._process.returncode

    def kill(self) -> None:
        """SIGKILL to the whole process group; returns when the process is gone."""
        self._signal(signal.SIGKILL)
        self.end()

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, number)

    def _tail(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").splitlines()[-_TAIL_LINES:]
        return f"\nThe end of {self.log}:\n" + "\n".join(f"  {line}" for line in lines)
