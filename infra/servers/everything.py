"""All servers by name, prepared, started and stopped together."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import structlog

from infra.servers.clickhouse import ClickHouse
from infra.servers.errors import ServerError
from infra.servers.kafka import Kafka
from infra.servers.opensearch import OpenSearch
from infra.servers.postgres import PostgreSQL
from infra.servers.redis import Redis
from infra.servers.s3 import S3
from infra.servers.server import Server

log = structlog.get_logger(__name__)

SERVERS: Mapping[str, type[Server]] = {
    server.name: server for server in (Kafka, ClickHouse, OpenSearch, S3, PostgreSQL, Redis)
}


def chosen(only: str) -> list[str]:
    """The names in ``only``, separated by commas; all of them when it is empty.

    Raises:
        ServerError: a name is unknown.
    """
    names = [name.strip() for name in only.split(",") if name.strip()]
    for name in names:
        if name not in SERVERS:
            raise ServerError(f"There is no server {name!r}; choose from {', '.join(SERVERS)}.")
    return names or list(SERVERS)


def prepare(names: Iterable[str]) -> None:
    """Download and build what these servers need, one after the other.

    Raises:
        ServerError: that failed.
    """
    for name in names:
        SERVERS[name].prepare()


@contextmanager
def started(names: Sequence[str], folder: Path, brokers: int = 1) -> Iterator[list[Server]]:
    """Start these servers side by side, each in a folder of its own under ``folder``, and stop them at the end.

    Raises:
        ServerError: one could not start; the others have been stopped.
    """
    servers = [
        Kafka(folder / name, brokers) if name == Kafka.name else SERVERS[name](folder / name)
        for name in names
    ]
    with ThreadPoolExecutor(len(servers)) as threads:
        try:
            list(threads.map(_start, servers))
            yield servers
        finally:
            list(threads.map(lambda server: server.stop(), servers))


def environment_lines(servers: Iterable[Server], prefix: str = "") -> list[str]:
    """``NAME=value`` for each setting that points Stacktide at these servers, quoted for a shell."""
    return [
        f"{prefix}{name}={shlex.quote(value)}"
        for server in servers
        for name, value in server.environment().items()
    ]


def _start(server: Server) -> None:
    log.info("server_starting", server=server.name)
    server.start()
    log.info("server_started", server=server.name)
