"""Makes SDKs ready to run, each once, in a cache folder outside the tree. Versions are those of the lock
files.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CLIENTS = Path(__file__).resolve().parents[2] / "sdks" / "conformance"


def current_python() -> list[str]:
    """The command that runs the sentry-sdk of this environment."""
    return [sys.executable, str(CLIENTS / "python" / "sentry.py")]


def older_python() -> list[str]:
    """The command that runs sentry-sdk 1.45."""
    requirements = CLIENTS / "python" / "requirements-1.45.txt"
    return [str(_python_with(requirements)), str(CLIENTS / "python" / "sentry.py")]


def raven() -> list[str]:
    """The command that runs raven 6.10."""
    requirements = CLIENTS / "python" / "requirements-raven.txt"
    return [str(_python_with(requirements)), str(CLIENTS / "python" / "raven_client.py")]


def node() -> list[str]:
    """The command that runs @sentry/node."""
    return node_program("node", CLIENTS / "node" / "client.js")


def node_program(name: str, script: Path) -> list[str]:
    """The command that runs a script of Node, with the packages of the lock file beside it."""
    program, npm = _on_path("node"), _on_path("npm")
    files = [script.with_name(file) for file in ("package.json", "package-lock.json", script.name)]

    def install(folder: Path) -> None:
        _copy(files, folder)
        _run([npm, "ci", "--no-audit", "--no-fund", "--silent", "--ignore-scripts"], folder)

    return [program, str(_cached(name, files, install) / script.name)]


def go() -> list[str]:
    """The command that runs sentry-go."""
    program = _on_path("go")
    files = [CLIENTS / "go" / name for name in ("go.mod", "go.sum", "main.go")]

    def install(folder: Path) -> None:
        _copy(files, folder)
        _run([program, "build", "-mod=readonly", "-o", "client", "."], folder)

    return [str(_cached("go", files, install) / "client")]


def _python_with(requirements: Path) -> Path:
    def install(folder: Path) -> None:
        _run([sys.executable, "-m", "venv", str(folder)], folder)
        pip = [
            str(folder / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        _run([*pip, "--require-hashes", "-r", str(requirements)], folder)

    return _cached(requirements.stem, [requirements], install) / "bin" / "python"


def _cached(name: str, files: list[Path], install: Callable[[Path], None]) -> Path:
    """A folder that ``install`` filled, for these files and this Python. A file marks it complete."""
    digest = hashlib.sha256(sys.version.encode() + b"".join(file.read_bytes() for file in files)).hexdigest()
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stacktide" / "conformance"
    folder = root / f"{name}-{digest[:16]}"
    ready = folder / ".ready"
    if not ready.exists():
        shutil.rmtree(folder, ignore_errors=True)
        root.mkdir(parents=True, exist_ok=True)
        # Made in its final place, because virtual environments cannot be moved.
        folder.mkdir()
        install(folder)
        ready.touch()
    return folder


def _copy(files: list[Path], folder: Path) -> None:
    for file in files:
        shutil.copy(file, folder)


def _on_path(program: str) -> str:
    return shutil.which(program) or pytest.skip(f"{program} is not on the PATH")


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        pytest.skip(f"{' '.join(command[:4])} … failed: {(done.stdout + done.stderr)[-500:]}")
