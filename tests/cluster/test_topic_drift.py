"""`stacktide topics` on Kafka: what exists against what is declared."""

from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from cluster.context import open_context
from infra.servers.kafka import Kafka
from runtime.operations.topics import topics_create, topics_state
from settings import Settings
from tests.driver.topology_driver import delete_topics
from topics import declared_topics, planned_topics

DAY = 86_400_000


async def make(server: Kafka, *topics: NewTopic) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=server.addresses)
    await admin.start()
    await admin.create_topics(list(topics))
    await admin.close()


def problems(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {row["topic"]: row["problem"] for row in rows if row["problem"]}


@pytest.mark.parametrize("partitions", [0, 2])
async def test_topics_that_are_made_are_as_declared(
    kafka_server: Kafka, tmp_path: Path, partitions: int
) -> None:
    await delete_topics(kafka_server.addresses)
    context = open_context(Settings(data=tmp_path, kafka=kafka_server.addresses, partitions=partitions))
    try:
        plans = planned_topics(partitions)
        assert set(problems(await topics_state(context)).values()) == {"missing"}
        assert set(await topics_create(context)) == {plan.name for plan in plans}
        assert await topics_create(context) == []
        rows = {row["topic"]: row for row in await topics_state(context)}
        assert problems(list(rows.values())) == {}
        for name, declared in declared_topics().items():
            wanted = partitions if partitions and declared.consumers else declared.partitions
            assert rows[name]["partitions"] == wanted
            assert rows[name]["replication"] == 1
    finally:
        await context.close()


async def test_what_differs_is_said(kafka_server: Kafka, tmp_path: Path) -> None:
    await delete_topics(kafka_server.addresses)
    three_days = {"retention.ms": str(3 * DAY)}
    await make(
        kafka_server,
        NewTopic("events-received", 4, 1, topic_configs=three_days),
        NewTopic("events-deduplicated", 2, 1, topic_configs={"retention.ms": str(9 * DAY)}),
        NewTopic("events-fingerprinted", 2, 1, topic_configs={**three_days, "cleanup.policy": "compact"}),
        NewTopic("errors-counted", 2, 1, topic_configs={"retention.ms": "-1"}),
        NewTopic("of-somebody-else", 1, 1),
    )
    context = open_context(Settings(data=tmp_path, kafka=kafka_server.addresses, partitions=2))
    try:
        await topics_create(context)
        rows = {row["topic"]: row for row in await topics_state(context)}
        assert problems(list(rows.values())) == {
            "events-received": "has 4 partitions, declared are 2",
            "events-deduplicated": "keeps records for 9 days, declared is for 1 days",
            "events-fingerprinted": "is compacted",
            "errors-counted": "keeps records for ever, declared is for 3 days",
        }
        assert not rows["of-somebody-else"]["declared"]
    finally:
        await context.close()
