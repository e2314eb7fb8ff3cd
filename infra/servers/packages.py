"""Servers that come as Python packages: pinned with hashes, in a folder of their own, not in the project's environment."""

import shutil
import subprocess
import sys
from pathlib import Path

from infra.servers.cache import prepared, run

_HERE = Path(__file__).parent
_LOCK = _HERE / "requirements.lock"


def packages() -> Path:
    """The folder into which ``requirements.lock`` is installed.

    Raises:
        ServerError: the installation failed.
    """
    return prepared("packages", [_LOCK], "install the packages of its lock file", _install) / "packages"


def _install(folder: Path) -> None:
    target = ["--target", str(folder / "packages"), "--no-deps", "--require-hashes", "-r", str(_LOCK)]
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
