"""TLS and SASL through the settings, and what is said where they are wrong."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster.connection import connection_options
from cluster.log import KafkaLog
from cluster.sender import Sender
from infra.servers.kafka import Kafka, KafkaSecurity
from settings import SettingError, Settings
from stores.errors import StoreUnavailable
from stores.ports import LogRecord
from tests.contract.stages import Bench, add_counter, counts, numbered, running
from topics import TopicPlan

pytestmark = pytest.mark.servers

#: How long it may take until a client says that it cannot connect, in seconds.
PATIENCE = 20.0


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    folder = tmp_path_factory.mktemp("secured")
    with Kafka(folder / "kafka", security=KafkaSecurity.make(folder / "security")) as server:
        yield server


def scram(server: Kafka, **changes: Any) -> dict[str, Any]:
    security = server.security
    assert security is not None
    return {
        "kafka": server.scram_addresses,
        "kafka_security": "sasl_ssl",
        "kafka_username": security.user,
        "kafka_password": security.password,
        "kafka_tls_ca": str(security.authority),
        **changes,
    }


def mutual_tls(server: Kafka, **changes: Any) -> dict[str, Any]:
    security = server.security
    assert security is not None
    return {
        "kafka": server.mutual_tls_addresses,
        "kafka_security": "ssl",
        "kafka_tls_ca": str(security.authority),
        "kafka_tls_certificate": str(security.client_certificate),
        "kafka_tls_key": str(security.client_key),
        **changes,
    }


@pytest.mark.parametrize("options", [scram, mutual_tls])
async def test_the_log_connects(secured: Kafka, options: Any) -> None:
    log = KafkaLog(Settings(**options(secured)), "secured")
    topic = f"log-{options.__name__}"
    try:
        await log.create_topics([TopicPlan(topic, 1, None, False)])
        await log.send(topic, [LogRecord(b"key", b"value", [])])
        (record,) = await log.read(topic, 0, 0)
        assert record.value == b"value"
        await log.commit("group", {(topic, 0): 1})
        assert (await log.committed("group"))[topic, 0] == 1
        assert await log.generation(topic) > 0
    finally:
        await log.close()


@pytest.mark.parametrize("options", [scram, mutual_tls])
async def test_a_stage_connects(secured: Kafka, tmp_path: Path, options: Any) -> None:
    given = options(secured)
    addresses = given.pop("kafka")
    log = KafkaLog(Settings(kafka=addresses, **given), "secured")
    bench = Bench(log, tmp_path, addresses)
    try:
        await bench.make_topic()
        await bench.send(numbered(50))
        app = bench.stage(**given)
        table = add_counter(app, bench.topic)
        async with running(app):
            await bench.until_committed(50)
            assert sum(counts(table).values()) == 50
    finally:
        await log.close()


WRONG = [
    pytest.param(scram, {"kafka_password": "wrong"}, "Authentication failed", id="password"),
    pytest.param(scram, {"kafka_username": "nobody"}, "Authentication failed", id="user"),
    pytest.param(scram, {"kafka_tls_ca": ""}, "certificate verify failed", id="unknown authority"),
    pytest.param(
        mutual_tls,
        {"kafka_tls_certificate": "", "kafka_tls_key": ""},
        "cannot be reached",
        id="no certificate",
    ),
    pytest.param(scram, {"kafka_security": "plaintext"}, "cannot be reached", id="no encryption"),
]


@pytest.mark.parametrize(("options", "changes", "says"), WRONG)
async def test_what_is_wrong_is_said_in_time(
    secured: Kafka, options: Any, changes: dict[str, Any], says: str
) -> None:
    settings = Settings(**options(secured, **changes))
    log, sender = KafkaLog(settings, "secured"), Sender(settings, "secured")
    began = time.monotonic()
    try:
        for call in (
            log.send("events", [LogRecord(b"key", b"value", [])]),
            log.describe_topics(),
            log.offsets("events"),
            sender.start(),
        ):
            async with asyncio.timeout(PATIENCE):
                with pytest.raises(StoreUnavailable, match=says) as refused:
                    await call
            assert settings.kafka_password not in str(refused.value) or not settings.kafka_password
    finally:
        await log.close()
        await sender.stop()
        # aiokafka closes its connections without waiting for TLS to say goodbye.
        await asyncio.sleep(0.2)
    print(f"{refused.value} after {time.monotonic() - began:.1f} s")


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    with pytest.raises(SettingError, match="STACKTIDE_KAFKA_TLS_CA"):
        connection_options(Settings(kafka="localhost:9092", kafka_security="ssl", kafka_tls_ca=str(broken)))
    with pytest.raises(SettingError, match="STACKTIDE_KAFKA is not set"):
        connection_options(Settings())
