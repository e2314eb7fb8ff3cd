"""Stages on a real Kafka."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infra.servers.kafka import Kafka
from tests.contract.stages import Bench, on_kafka


@pytest.fixture
async def bench(kafka_server: Kafka, tmp_path: Path) -> AsyncIterator[Bench]:
    """A topic and a group on the shared broker."""
    found = on_kafka(kafka_server.addresses, tmp_path)
    await found.make_topic()
    yield found
    await found.log.close()
