"""For each server: write a value through the client that Stacktide uses, and read it back."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aioboto3
import asyncpg
import clickhouse_connect
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from botocore.config import Config
from opensearchpy import AsyncOpenSearch
from redis.asyncio import Redis as RedisClient

from infra.servers.clickhouse import ClickHouse
from infra.servers.kafka import Kafka
from infra.servers.opensearch import OpenSearch
from infra.servers.postgres import PostgreSQL
from infra.servers.redis import Redis
from infra.servers.s3 import S3
from infra.servers.server import Server

VALUE = "kept"
TOPIC = "round-trip"

Write = Callable[[Any], Awaitable[None]]
Read = Callable[[Any], Awaitable[str]]


async def create_topic(addresses: str, copies: int = 1, **security: Any) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=addresses, **security)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=copies)])
    await admin.close()


async def produce(addresses: str, value: str, **security: Any) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=addresses,
        acks="all",
        enable_idempotence=True,
        **security,
    )
    try:
        await producer.start()
        await producer.send_and_wait(TOPIC, value.encode())
    finally:
        await producer.stop()


async def consume(addresses: str, count: int = 1) -> list[str]:
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=addresses, auto_offset_reset="earliest")
    try:
        await consumer.start()
        return [(await anext(consumer)).value.decode() for _ in range(count)]
    finally:
        await consumer.stop()


async def write_kafka(server: Kafka) -> None:
    await create_topic(server.addresses)
    await produce(server.addresses, VALUE)


async def read_kafka(server: Kafka) -> str:
    return (await consume(server.addresses))[0]


@asynccontextmanager
async def clickhouse_client(server: ClickHouse, **options: Any) -> AsyncIterator[Any]:
    client = await clickhouse_connect.get_async_client(dsn=server.url, **options)
    try:
        yield client
    finally:
        await client.close()


async def write_clickhouse(server: ClickHouse) -> None:
    async with clickhouse_client(server) as client:
        await client.command("CREATE TABLE kept (value String) ENGINE = MergeTree ORDER BY value")
        await client.insert("kept", [[VALUE]], column_names=["value"])


async def read_clickhouse(server: ClickHouse) -> str:
    async with clickhouse_client(server) as client:
        return str((await client.query("SELECT value FROM kept")).result_rows[0][0])


async def write_opensearch(server: OpenSearch) -> None:
    async with AsyncOpenSearch(server.url) as client:
        index = {"settings": {"number_of_replicas": 0}}
        await client.indices.create(index="kept", body=index)
        await client.index(index="kept", id="1", body={"value": VALUE})


async def read_opensearch(server: OpenSearch) -> str:
    async with AsyncOpenSearch(server.url) as client:
        return str((await client.get(index="kept", id="1"))["_source"]["value"])


def s3_client(server: S3, secret_key: str | None = None) -> Any:
    return aioboto3.Session().client(
        "s3",
        endpoint_url=server.endpoint,
        region_name=server.region,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=secret_key or server.secret_key,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )


async def write_s3(server: S3) -> None:
    async with s3_client(server) as client:
        await client.put_object(Bucket=server.bucket, Key="a/kept", Body=VALUE.encode())


async def read_s3(server: S3) -> str:
    async with s3_client(server) as client:
        found = await client.get_object(Bucket=server.bucket, Key="a/kept")
        return str((await found["Body"].read()).decode())


async def write_postgres(server: PostgreSQL) -> None:
    connection = await asyncpg.connect(server.url)
    await connection.execute("CREATE TABLE kept (value TEXT)")
    await connection.execute("INSERT INTO kept VALUES ($1)", VALUE)
    await connection.close()


async def read_postgres(server: PostgreSQL) -> str:
    connection = await asyncpg.connect(server.url)
    try:
        return str(await connection.fetchval("SELECT value FROM kept"))
    finally:
        await connection.close()


async def write_redis(server: Redis) -> None:
    async with RedisClient.from_url(server.url) as client:
        await client.set("kept", VALUE)


async def read_redis(server: Redis) -> str:
    async with RedisClient.from_url(server.url) as client:
        return str((await client.get("kept")).decode())


ROUND_TRIPS: dict[type[Server], tuple[Write, Read]] = {
    Kafka: (write_kafka, read_kafka),
    ClickHouse: (write_clickhouse, read_clickhouse),
    OpenSearch: (write_opensearch, read_opensearch),
    S3: (write_s3, read_s3),
    PostgreSQL: (write_postgres, read_postgres),
    Redis: (write_redis, read_redis),
}
