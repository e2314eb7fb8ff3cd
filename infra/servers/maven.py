"""Jars from a Maven repository: a pom.xml names exact versions, and a list of SHA-256 sums what must have come of it."""

import hashlib
from pathlib import Path

from infra.servers.cache import prepared, run
from infra.servers.errors import ServerError

_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


def jars(name: str, pins: Path) -> Path:
    """The folder with the jars that ``pins/pom.xml`` asks for, each as listed in ``pins/jars.sha256``.

    Raises:
        ServerError: Maven failed, or what it brought differs from the list.
    """

    def build(folder: Path) -> None:
        output = f"-DoutputDirectory={folder}"
        run(["mvn", "-q", "-B", "-f", str(pom), _COPY, "-DincludeScope=runtime", output], folder)
        verify(folder, sums)

    pom, sums = pins / "pom.xml", pins / "jars.sha256"
    return prepared(name, [pom, sums], "download its jars", build)


def verify(folder: Path, sums: Path) -> None:
    """Compare the jars in ``folder`` with a list in the form of ``sha256sum *.jar``.

    Raises:
        ServerError: a jar is missing, differs, or is not on the list.
    """
    listed = {name: digest for digest, name in (line.split() for line in sums.read_text().splitlines())}
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in folder.glob("*.jar")}
    wrong = sorted(name for name in listed.keys() | found.keys() if listed.get(name) != found.get(name))
    if wrong:
        raise ServerError(f"These jars are not the ones that {sums} lists: {', '.join(wrong)}")
