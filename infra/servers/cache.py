"""Where prepared servers are kept, and how each is prepared once.

A server is prepared into a folder named after the digest of the files that pin it (versions, lock files, sources), so that a
changed pin is a new folder and never a mixture.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import structlog

from infra.servers.errors import ServerError

log = structlog.get_logger(__name__)

_COMPLETE = ".complete"


def cache_folder() -> Path:
    """The folder of ``STACKTIDE_SERVERS_CACHE``, else ``~/.cache/stacktide/servers``."""
    given = os.environ.get("STACKTIDE_SERVERS_CACHE")
    return Path(given) if given else Path.home() / ".cache" / "stacktide" / "servers"


def prepared(name: str, pins: Iterable[Path], work: str, build: Callable[[Path], None]) -> Path:
    """The folder that ``build`` has filled for these ``pins``; built now if it is not there.

    ``work`` says what the build does, for the log. Several processes may ask at once: one builds, the others wait.

    Raises:
        ServerError: the build failed; the folder is not used then.
    """
    digest = hashlib.sha256()
    for pin in pins:
        digest.update(pin.name.encode() + b"\0" + pin.read_bytes())
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"{name}-{digest.hexdigest()[:12]}"
    if (folder / _COMPLETE).exists():
        return folder
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / _COMPLETE).exists():
            log.info("server_preparing", server=name, work=work)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            build(folder)
            (folder / _COMPLETE).touch()
            log.info("server_prepared", server=name, folder=str(folder))
    return folder


def run(command: Sequence[str], folder: Path, **environment: str) -> None:
    """Run a tool in ``folder`` to its end.

    Raises:
        ServerError: the tool is missing or failed; the message has the end of its output.
    """
    try:
        subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=True,
            text=True,
        )
    except FileNotFoundError as error:
        raise ServerError(f"{command[0]} is needed and not installed.") from error
    except subprocess.CalledProcessError as error:
        shown = "\n".join(error.output.splitlines()[-30:])
        raise ServerError(f"{' '.join(command)} failed (exit {error.returncode}):\n{shown}") from error
