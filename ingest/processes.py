"""Several processes of the edge on one port: this one starts them, starts them again when they die, and stops them.

Each listens for itself (``SO_REUSEPORT``), so the kernel divides the connections among them. They are started anew rather
than forked, since libraries with threads do not survive a fork.
"""

import asyncio
import os
import socket
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import structlog
from prometheus_client.multiprocess import mark_process_dead

from runtime.signals import stop_signal
from settings import Settings

PLACE = "STACKTIDE_EDGE_PROCESS"
"""The variable that tells a child process its place."""
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that has prometheus_client keep its values in files of this folder, which all processes read."""

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_STOP_SECONDS = 30.0

log = structlog.get_logger(__name__)


class Place(NamedTuple):
    """Which of how many processes this is, from 0, and the port that they share."""

    number: int
    processes: int
    port: int

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Place | None":
        """The place that the parent gave; None in a process that is nobody's child."""
        text = environ.get(PLACE)
        return cls(*map(int, text.split("/"))) if text else None

    def environment(self) -> dict[str, str]:
        """The inverse of ``of``."""
        return {PLACE: f"{self.number}/{self.processes}/{self.port}"}


def reserve(host: str, port: int) -> socket.socket:
    """A socket that holds a port for this process and its children, without listening; 0 takes a free one.

    Raises:
        OSError: somebody listens there.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        # Without SO_REUSEPORT, because with it one would share the port of any other edge of the same user.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        address = probe.getsockname()
    held = socket.socket(family, kind, protocol)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind(address)
    return held


def own_command() -> list[str]:
    """The command that this process runs."""
    return [sys.executable, "-m", "commands", *sys.argv[1:]]


async def run_processes(settings: Settings, processes: int, command: Sequence[str]) -> None:
    """Run a command in several processes, until SIGINT or SIGTERM. Each finds its ``Place`` in the environment.

    Raises:
        OSError: the port is taken.
    """
    stop = stop_signal()
    with (
        reserve(settings.host, settings.port) as held,
        tempfile.TemporaryDirectory(prefix="stacktide-metrics-") as folder,
    ):
        port = held.getsockname()[1]
        log.info("edge_started", host=settings.host, port=port, processes=processes)
        await asyncio.gather(
            *(
                _keep_running(Place(number, processes, port), command, folder, stop)
                for number in range(processes)
            )
        )


async def _keep_running(place: Place, command: Sequence[str], folder: str, stop: asyncio.Event) -> None:
    pause = _FIRST_PAUSE
    while not stop.is_set():
        started = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *command,
            env={**os.environ, **place.environment(), METRICS_FOLDER: folder},
            # Never written to: when this process dies, however it dies, its end tells the child.
            stdin=asyncio.subprocess.PIPE,
        )
        await _until_either(process, stop)
        if stop.is_set():
            return await _stop(process)
        mark_process_dead(process.pid, folder)  # type: ignore[no-untyped-call]
        if time.monotonic() - started > _LONGEST_PAUSE:
            pause = _FIRST_PAUSE
        log.error("edge_process_ended", process=place.number, code=process.returncode, begins_again_in=pause)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return None


async def _until_either(process: asyncio.subprocess.Process, stop: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(process.wait()), asyncio.ensure_future(stop.wait())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


async def _stop(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)
    except TimeoutError:
        log.error(
            "edge_process_killed", pid=process.pid, reason=f"it did not stop within {_STOP_SECONDS:g} s"
        )
        process.kill()
        await process.wait()
