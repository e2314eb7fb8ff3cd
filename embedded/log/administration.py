"""The topics of a log as its users make and describe them."""

from collections.abc import Iterable

from embedded.log.open_log import OpenLog
from embedded.log.topic import TopicConfig
from stores.ports import TopicState
from topics import TopicPlan


class TopicAdministration(OpenLog):
    """Makes topics, and says what there is."""

    #: Bound of each partition of the topics of ``create_topics``, in bytes; None for none.
    retention_bytes: int | None = None

    def create_topic(self, name: str, partitions: int, config: TopicConfig | None = None) -> None:
        """Make a topic, if there is none of that name.

        Raises:
            StoreRejected: there is one with another number of partitions, or the name or the number is not allowed.
            StoreUnavailable: it cannot be written.
        """
        self._topics.create(name, partitions, config or TopicConfig())

    async def topics(self) -> list[str]:
        """Names of all topics."""
        return list(self._topics)

    def has_topic(self, topic: str) -> bool:
        """Whether there is such a topic."""
        return topic in self._topics

    def partitions(self, topic: str) -> int:
        """Number of partitions of a topic.

        Raises:
            StoreRejected: there is no such topic.
        """
        return self._topics.get(topic).metadata.partitions

    async def create_topics(self, plans: Iterable[TopicPlan]) -> list[str]:
        """Make the topics that are missing; returns their names.

        Raises:
            StoreRejected: there is one with another number of partitions.
            StoreUnavailable: they cannot be written.
        """
        made = [plan.name for plan in plans if not self.has_topic(plan.name)]
        for plan in plans:
            config = TopicConfig(plan.retention, self.retention_bytes, plan.compacted, not plan.compacted)
            self.create_topic(plan.name, plan.partitions, config)
        return made

    async def describe_topics(self) -> dict[str, TopicState]:
        """What topics there are."""
        states = {}
        for name in self._topics:
            metadata = self._topics.get(name).metadata
            config = metadata.config
            states[name] = TopicState(metadata.partitions, 1, config.retention, config.compact)
        return states

    async def generation(self, topic: str) -> int:
        """When a topic was made, in Unix milliseconds."""
        return self.made_at(topic)

    def made_at(self, topic: str) -> int:
        """When a topic was made, in Unix milliseconds.

        Raises:
            StoreRejected: there is no such topic.
        """
        return self._topics.get(topic).metadata.generation

    def partition_for(self, topic: str, key: bytes | None) -> int:
        """The partition of a key, the same as Kafka's default partitioner chooses; records without a key take turns.

        Raises:
            StoreRejected: there is no such topic, or the key is not bytes.
        """
        return self._topics.get(topic).partition_for(key)

    def size(self, topic: str) -> int:
        """Bytes of a topic on the disk.

        Raises:
            StoreRejected: there is no such topic.
        """
        return sum(partition.size for partition in self._topics.get(topic).partitions)
