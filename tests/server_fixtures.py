"""The real servers as fixtures: each is started when the first test asks for it, and shared by all tests of the session.

Tests keep apart by names of their own (topics, tables, indexes, prefixes). A test that kills a server starts one of its own.
"""

from collections.abc import Iterator
from typing import Any, Literal

import pytest

from infra.servers.clickhouse import ClickHouse
from infra.servers.kafka import Kafka
from infra.servers.opensearch import OpenSearch
from infra.servers.postgres import PostgreSQL
from infra.servers.redis import Redis
from infra.servers.s3 import S3
from infra.servers.server import Server

_FIXTURES = {
    *("kafka_server", "clickhouse_server", "opensearch_server"),
    *("s3_server", "postgres_server", "redis_server"),
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses a real server has the marker ``servers``."""
    for item in items:
        if _FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.servers)


def server_fixture(kind: type[Server], scope: Literal["session", "module"] = "session") -> Any:
    """A fixture that is a server of this kind, running."""

    @pytest.fixture(scope=scope)
    def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
        with kind(tmp_path_factory.mktemp(kind.name)) as running:
            yield running

    return server


kafka_server = server_fixture(Kafka)
#: The stand-in; see infra/servers/clickhouse/adapter.py.
clickhouse_server = server_fixture(ClickHouse)
opensearch_server = server_fixture(OpenSearch)
s3_server = server_fixture(S3)
postgres_server = server_fixture(PostgreSQL)
redis_server = server_fixture(Redis)
