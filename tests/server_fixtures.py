"""The real servers as fixtures: each is started when the first test asks for it, and shared by all tests of the session.

Tests keep apart by names of their own (topics, tables, indexes, prefixes). A test that kills a server starts one of its own.
"""

from collections.abc import Iterator

import pytest

from infra.servers.clickhouse import ClickHouse
from infra.servers.kafka import Kafka
from infra.servers.opensearch import OpenSearch
from infra.servers.postgres import PostgreSQL
from infra.servers.redis import Redis
from infra.servers.s3 import S3

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


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """One broker."""
    with Kafka(tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture(scope="session")
def clickhouse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    """The stand-in; see infra/servers/clickhouse/adapter.py."""
    with ClickHouse(tmp_path_factory.mktemp("clickhouse-server")) as server:
        yield server


@pytest.fixture(scope="session")
def opensearch_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSearch]:
    with OpenSearch(tmp_path_factory.mktemp("opensearch")) as server:
        yield server


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with S3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    with PostgreSQL(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server
