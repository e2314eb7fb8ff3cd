"""The topics of a log: what there is, and where a record belongs."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from itertools import count
from pathlib import Path

from embedded.log.cache import CacheBudget
from embedded.log.files import store_error, sync_folder
from embedded.log.partition import Checkpoint, Partition
from embedded.log.topic import TopicConfig, TopicMetadata, check_name, read_metadata, write_metadata
from stores.errors import StoreRejected
from topics.partitioner import partition_of


class Topic:
    """A topic that is open."""

    def __init__(self, metadata: TopicMetadata, partitions: list[Partition]) -> None:
        self.metadata = metadata
        self.partitions = partitions
        self._turns = count()

    def partition_for(self, key: bytes | None) -> int:
        """The partition of a key, as Kafka's default partitioner chooses it; records without a key take turns.

        Raises:
            StoreRejected: the key is not bytes.
        """
        if key is None:
            return next(self._turns) % self.metadata.partitions
        try:
            return partition_of(key, self.metadata.partitions)
        except TypeError:
            raise StoreRejected(f"Keys are bytes or None, not {type(key).__name__}.") from None


class Topics:
    """All topics of a log, kept in the folder ``topics``."""

    def __init__(self, folder: Path, executor: Executor, clock: Callable[[], float]) -> None:
        self.budget = CacheBudget()
        self._folder = folder / "topics"
        self._executor = executor
        self._clock = clock
        self._topics: dict[str, Topic] = {}

    def open(self, checkpoint: dict[str, Checkpoint | None], read_only: bool) -> None:
        """Find the topics and open their partitions.

        Raises:
            LogCorrupt: one cannot be read.
        """
        for folder in sorted(self._folder.iterdir()) if self._folder.is_dir() else ():
            metadata = read_metadata(folder)
            if metadata is not None:
                for partition in self._add(metadata).partitions:
                    partition.open(checkpoint.get(f"{partition.topic}/{partition.number}"), read_only)

    def _add(self, metadata: TopicMetadata) -> Topic:
        folder = self._folder / metadata.name
        partitions = [
            Partition(metadata.name, number, folder / str(number), self.budget, self._executor)
            for number in range(metadata.partitions)
        ]
        topic = self._topics[metadata.name] = Topic(metadata, partitions)
        return topic

    def create(self, name: str, partitions: int, config: TopicConfig) -> None:
        """Make a topic, durably, if there is none of that name.

        Raises:
            StoreRejected: there is one with another number of partitions, or the name or the number is not allowed.
            StoreUnavailable: it cannot be written.
        """
        if (topic := self._topics.get(name)) is not None:
            if topic.metadata.partitions != partitions:
                raise StoreRejected(
                    f"The topic {name} has {topic.metadata.partitions} partitions, not {partitions}. The number is fixed "
                    "when a topic is made."
                )
            return
        check_name(name)
        if partitions < 1:
            raise StoreRejected(
                f"The topic {name} cannot have {partitions} partitions: it takes at least one."
            )
        metadata = TopicMetadata(name, partitions, int(self._clock() * 1000), config)
        try:
            if not self._folder.is_dir():
                self._folder.mkdir()
                sync_folder(self._folder.parent)
            write_metadata(self._folder / name, metadata)
        except OSError as error:
            raise store_error(error, self._folder / name) from error
        self._add(metadata)

    def __contains__(self, name: str) -> bool:
        return name in self._topics

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._topics))

    def get(self, name: str) -> Topic:
        """A topic.

        Raises:
            StoreRejected: there is none of that name.
        """
        try:
            return self._topics[name]
        except KeyError:
            raise StoreRejected(
                f"There is no topic {name}. Make it first (`stacktide topics --create`)."
            ) from None

    def partition(self, name: str, number: int) -> Partition:
        """A partition of a topic.

        Raises:
            StoreRejected: there is no such partition.
        """
        partitions = self.get(name).partitions
        if not 0 <= number < len(partitions):
            raise StoreRejected(
                f"The topic {name} has {len(partitions)} partitions, so none with number {number}."
            )
        return partitions[number]

    def partitions(self) -> list[tuple[Partition, TopicConfig]]:
        """All partitions of all topics, each with its topic's configuration."""
        return [
            (partition, topic.metadata.config)
            for topic in self._topics.values()
            for partition in topic.partitions
        ]
