"""Servers that come as Python packages: pinned with hashes, in a folder of their own, not in the project's environment."""

import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from infra.servers.cache import prepared, run

_HERE = Path(__file__).parent
_LOCK = _HERE / "requirements.lock"


def packages(lock: Path = _LOCK, name: str = "packages") -> Path:
    """The folder into which a lock file is installed, by default that of the servers.

    Raises:
        ServerError: the installation failed.
    """
    install = partial(_install, lock)
    return prepared(name, [lock], "install the packages of its lock file", install) / "packages"


def _install(lock: Path, folder: Path) -> None:
    target = ["--target", str(folder / "packages"), "--no-deps", "--require-hashes", "-r", str(lock)]
    if uv := shutil.which("uv"):
        run([uv, "pip", "install", "--quiet", "--python", sys.executable, *target], folder)
        return
    if not _has_pip():
        environment = folder / "environment"
        run([sys.executable, "-m", "venv", str(environment)], folder)
        run([str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", *target], folder)
        return
    run([sys.executable, "-m", "pip", "install", "--quiet", *target], folder)


def _has_pip() -> bool:
    return subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode == 0
