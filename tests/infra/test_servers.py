"""The real servers: each answers its client, keeps its data over SIGKILL, and leaves nothing behind."""

import asyncio
import ssl

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.helpers import create_ssl_context
from botocore.exceptions import ClientError
from processes import gone
from round_trips import ROUND_TRIPS, VALUE, consume, create_topic, produce, s3_client

from infra.servers.kafka import Kafka, KafkaSecurity

pytestmark = pytest.mark.servers


@pytest.mark.parametrize("kind", ROUND_TRIPS, ids=lambda kind: kind.name)
async def test_keeps_its_data_over_a_kill_and_leaves_no_process(kind, tmp_path):
    write, read = ROUND_TRIPS[kind]
    with kind(tmp_path / kind.name) as server:
        addresses = dict(server.environment())
        await write(server)
        first = server.process_ids
        server.kill()
        assert not server.running
        server.restart()
        assert server.running
        assert server.environment() == addresses
        assert await read(server) == VALUE
        second = server.process_ids
    assert not server.running
    assert all(gone(pid) for pid in first + second)


@pytest.mark.slow
async def test_three_brokers_go_on_without_one(tmp_path):
    with Kafka(tmp_path, brokers=3) as server:
        await create_topic(server.addresses, copies=3)
        await produce(server.addresses, "before")
        server.kill(2)
        await produce(server.addresses, "while")
        server.restart(2)
        server.kill(3)
        await produce(server.addresses, "after")
        assert await consume(server.addresses, count=3) == ["before", "while", "after"]


@pytest.mark.slow
async def test_secured_kafka_wants_a_password_or_a_certificate(tmp_path):
    security = KafkaSecurity.make(tmp_path / "security")
    trusting = create_ssl_context(cafile=str(security.authority))
    known = create_ssl_context(
        cafile=str(security.authority),
        certfile=str(security.client_certificate),
        keyfile=str(security.client_key),
    )
    scram = {
        "security_protocol": "SASL_SSL",
        "ssl_context": trusting,
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": security.user,
        "sasl_plain_password": security.password,
    }
    with Kafka(tmp_path, security=security) as server:
        await create_topic(server.scram_addresses, **scram)
        await produce(server.scram_addresses, "by password", **scram)
        tls = {"security_protocol": "SSL", "ssl_context": known}
        await produce(server.mutual_tls_addresses, "by certificate", **tls)
        assert await consume(server.addresses, count=2) == ["by password", "by certificate"]
        with pytest.raises(KafkaError):
            await produce(server.scram_addresses, "no", **{**scram, "sasl_plain_password": "wrong"})
        with pytest.raises((KafkaConnectionError, ssl.SSLError)):
            await produce(server.mutual_tls_addresses, "no", security_protocol="SSL", ssl_context=trusting)


async def test_s3_checks_signatures(s3_server):
    async with s3_client(s3_server, secret_key="wrong") as client:
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            await client.list_buckets()


async def test_the_fixtures_are_there_at_once(kafka_server, postgres_server, redis_server):
    servers = (kafka_server, postgres_server, redis_server)
    await asyncio.gather(*(ROUND_TRIPS[type(server)][0](server) for server in servers))
    assert [await ROUND_TRIPS[type(server)][1](server) for server in servers] == [VALUE] * 3
