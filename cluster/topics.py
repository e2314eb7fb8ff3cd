"""Topics on Kafka: made from their declarations, and described."""

import asyncio
from collections.abc import Iterable
from typing import Any

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    CoordinatorNotAvailableError,
    KafkaError,
    NoError,
    TopicAlreadyExistsError,
    for_code,
)

from cluster.connection import connection_options
from cluster.errors import connection_error, log_error
from settings import Settings
from stores.errors import StoreUnavailable
from stores.ports import TopicState
from topics import TopicPlan

log = structlog.get_logger(__name__)

#: A record holds a client's event of at most 1 MiB beside the normalised one.
MAX_MESSAGE_BYTES = 16 * 1024 * 1024
#: Copies of a partition, where there are as many brokers and the setting does not say.
_REPLICATION = 3
#: How long a group may be without a coordinator, in seconds.
_COORDINATOR_TIMEOUT = 15.0
#: How long topics that were made may stay unknown, in seconds.
_TOPICS_TIMEOUT = 30.0


class TopicAdmin:
    """Makes and describes topics. All methods may raise ``StoreUnavailable``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._replication = settings.kafka_replication
        self._client = AIOKafkaAdminClient(**connection_options(settings), client_id="stacktide-admin")

    async def start(self) -> None:
        """Connect."""
        try:
            await self._client.start()
        except KafkaError as error:
            await self._client.close()
            raise await connection_error(error, self._settings) from error

    async def close(self) -> None:
        """Disconnect."""
        await self._client.close()

    async def create(self, plans: Iterable[TopicPlan]) -> list[str]:
        """Make the topics that are missing; returns their names. Safe to run from several places at once.

        Raises:
            StoreRejected: Kafka will not have one of them.
        """
        try:
            existing = set(await self._client.list_topics())
            replication = await self.replication()
            new = [_new_topic(plan, replication) for plan in plans if plan.name not in existing]
            response = await self._client.create_topics(new) if new else None
        except KafkaError as error:
            raise log_error(error, "to make topics") from error
        made = []
        for name, code, *message in response.topic_errors if response else ():
            if for_code(code) is NoError:
                made.append(name)
            elif code != TopicAlreadyExistsError.errno:
                refusal = for_code(code)(" ".join(filter(None, message)))
                raise log_error(refusal, f"to make the topic {name}") from refusal
        if made:
            log.info("topics_made", topics=made, replication=replication)
            await self._until_known(set(made))
        return made

    async def _until_known(self, topics: set[str]) -> None:
        """Wait until the brokers, which hear of new topics from the controller, know them."""
        try:
            async with asyncio.timeout(_TOPICS_TIMEOUT):
                while topics - set(await self._client.list_topics()):
                    await asyncio.sleep(0.05)
        except TimeoutError as error:
            raise StoreUnavailable(f"Kafka does not know {', '.join(sorted(topics))} yet.") from error
        except KafkaError as error:
            raise log_error(error, "to list topics") from error

    async def replication(self) -> int:
        """Copies of each partition of a topic that is made."""
        if self._replication > 0:
            return self._replication
        return min(_REPLICATION, len((await self._client.describe_cluster())["brokers"]))

    async def describe(self) -> dict[str, TopicState]:
        """All topics but Kafka's own, by name."""
        try:
            found = [topic for topic in await self._client.describe_topics() if not topic["is_internal"]]
            configs = await self._configs([topic["topic"] for topic in found])
        except KafkaError as error:
            raise log_error(error, "to describe topics") from error
        states = {}
        for topic in found:
            name, partitions = topic["topic"], topic["partitions"]
            config = configs.get(name, {})
            milliseconds = int(config.get("retention.ms", -1))
            states[name] = TopicState(
                len(partitions),
                min((len(partition["replicas"]) for partition in partitions), default=0),
                None if milliseconds < 0 else milliseconds / 1000,
                "compact" in config.get("cleanup.policy", ""),
            )
        return states

    async def committed(self, group: str) -> dict[tuple[str, int], int]:
        """Next offset to be consumed by a consumer group, by (topic, partition)."""
        try:
            async with asyncio.timeout(_COORDINATOR_TIMEOUT):
                found = await self._committed(group)
        except TimeoutError as error:
            raise StoreUnavailable(f"Kafka has no coordinator for the group {group} just now.") from error
        except KafkaError as error:
            raise log_error(error, f"to look up the offsets of {group}") from error
        return {(place.topic, place.partition): at.offset for place, at in found.items() if at.offset >= 0}

    async def _committed(self, group: str) -> dict[Any, Any]:
        while True:
            try:
                return dict(await self._client.list_consumer_group_offsets(group))
            except CoordinatorNotAvailableError:
                # Kafka is only now making the topic in which it keeps the groups' offsets, or the broker has gone.
                await asyncio.sleep(0.2)

    async def _configs(self, topics: list[str]) -> dict[str, dict[str, Any]]:
        wanted = {"retention.ms": None, "cleanup.policy": None}
        resources = [ConfigResource(ConfigResourceType.TOPIC, topic, wanted) for topic in topics]
        configs = {}
        for response in await self._client.describe_configs(resources) if resources else ():
            for _code, _message, _kind, name, entries in response.resources:
                configs[name] = {entry[0]: entry[1] for entry in entries}
        return configs


def topic_config(retention: float | None, compacted: bool, replication: int) -> dict[str, str]:
    """A topic's configuration in Kafka's names, for what a ``TopicPlan`` says."""
    policies = ["compact"] * compacted + ["delete"] * (retention is not None or not compacted)
    config = {
        "cleanup.policy": ",".join(policies),
        "retention.ms": "-1" if retention is None else str(int(retention * 1000)),
        "max.message.bytes": str(MAX_MESSAGE_BYTES),
        # Records come in the producer's compression: zstd.
        "compression.type": "producer",
    }
    if compacted:
        # Only closed segments are compacted, and recovery reads what is not.
        config["segment.bytes"] = str(64 * 1024 * 1024)
    if replication >= _REPLICATION:
        config["min.insync.replicas"] = "2"
    return config


def _new_topic(plan: TopicPlan, replication: int) -> NewTopic:
    config = topic_config(plan.retention, plan.compacted, replication)
    return NewTopic(plan.name, plan.partitions, replication, topic_configs=config)
