"""Faust's consumer on the embedded log."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import structlog
from faust.exceptions import ConsumerNotStarted
from faust.types import TP, ConsumerMessage
from mode import Service

from agents.draining import DrainingConsumer
from embedded.assignment import Cluster, assign
from embedded.log import Log, Watch
from stores.errors import StoreError
from stores.ports import StoredRecord

log = structlog.get_logger(__name__)

#: Most records that are fetched of one partition at once.
FETCH_RECORDS = 1000


class Consumer(DrainingConsumer):
    """Reads the embedded log as the single member of its group."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._broker: Log | None = None
        self._watch: Watch | None = None
        self._subscription: list[str] = []
        self._subscribed = asyncio.Event()
        self._assignment: set[TP] = set()
        self._positions: dict[TP, int] = {}
        self._generation = 0
        super().__init__(*args, **kwargs)

    async def on_start(self) -> None:
        """Open the log and join the group.

        Raises:
            StoreRejected: the group has a member already.
        """
        self._broker = await self.transport.open_log(self._group, self)
        await super().on_start()

    async def on_shutdown(self) -> None:
        """Leave the group, and give the log up."""
        broker, self._broker = self._broker, None
        if self._watch is not None:
            self._watch.close()
        if broker is not None:
            if self._group is not None:
                broker.leave(self._group, self)
            await broker.close()

    @property
    def _group(self) -> str | None:
        return None if self.app.client_only else str(self.app.conf.id)

    @property
    def broker(self) -> Log:
        """The log.

        Raises:
            ConsumerNotStarted: the consumer is not running.
        """
        if self._broker is None:
            raise ConsumerNotStarted("The consumer is not running.")
        return self._broker

    def generation(self, topic: str) -> int:
        """When a topic was made, in Unix milliseconds.

        Raises:
            StoreRejected: there is no such topic.
        """
        return self.broker.made_at(topic)

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Read these topics from now on. The rebalance that this takes goes on by itself."""
        self._subscription = sorted(set(topics))
        self._subscribed.set()

    @Service.task  # type: ignore[untyped-decorator]
    async def _rebalancer(self) -> None:
        while not self.should_stop:
            await self._subscribed.wait()
            self._subscribed.clear()
            if self.app.client_only:
                self._assign_all()
            else:
                await self._rebalance()

    def _assign_all(self) -> None:
        self.transport.declare(self.broker, self._subscription)
        self._take({TP(topic, number) for topic in self._subscription for number in self._numbers(topic)})
        self._positions = {tp: self._reset_position(tp) for tp in self._assignment}
        self.resume_flow()

    def _numbers(self, topic: str) -> range:
        return range(self.broker.partitions(topic))

    async def _rebalance(self) -> None:
        """What happens on Kafka when a group's only member joins again."""
        app = self.app
        self.transport.declare(self.broker, self._subscription)
        app.on_rebalance_start()
        await self.on_partitions_revoked(set(self._assignment))
        assigned = assign(
            app.assignor, Cluster(self.broker.partitions), app.conf.broker_client_id, self._subscription
        )
        self._generation += 1
        app.consumer_generation_id = self._generation
        self._take(assigned)
        await self.seek_to_committed()
        await self.on_partitions_assigned(set(assigned), self._generation)

    def _take(self, assigned: set[TP]) -> None:
        self._assignment = assigned
        self._positions = {tp: self.broker.bounds(*tp)[0] for tp in assigned}
        if self._watch is not None:
            self._watch.close()
        self._watch = self.broker.watch(assigned, self.woken.set)

    async def _getmany(
        self, active_partitions: set[TP] | None, timeout: float
    ) -> dict[TP, list[StoredRecord]]:
        fetched: dict[TP, list[StoredRecord]] = {}
        for tp in self._assignment if active_partitions is None else active_partitions:
            position = self._positions.get(tp)
            if position is None:
                continue
            records = self.broker.read_cached(tp.topic, tp.partition, position, FETCH_RECORDS)
            if records is None:
                records = await self.broker.read(tp.topic, tp.partition, position, FETCH_RECORDS)
            # A seek may have come in between.
            if records and self._positions.get(tp) == position:
                self._positions[tp] = records[-1].offset + 1
                fetched[tp] = records
        if not fetched:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), timeout)
        return fetched

    def _to_message(self, tp: TP, record: StoredRecord) -> ConsumerMessage:
        offset, timestamp, key, value, headers = record
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            offset,
            timestamp,
            0,
            headers,
            key,
            value,
            None,
            len(key) if key else 0,
            len(value) if value else 0,
            tp,
            None,
            None,
            None,
            self.app.consumer_generation_id,
        )

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Read each source partition from its committed offset on, or from where the app's reset policy says."""
        committed = await self.broker.committed(self._group or "")
        positions = {
            tp: self._start_position(tp, committed.get((tp.topic, tp.partition)))
            for tp in self._assignment
            if not self._is_changelog_tp(tp)
        }
        self._positions.update(positions)
        return positions

    def _start_position(self, tp: TP, committed: int | None) -> int:
        if committed is None:
            return self._reset_position(tp)
        start, end = self.broker.bounds(*tp)
        if start <= committed <= end:
            return committed
        log.warning(
            "committed_offset_out_of_range",
            group=self._group,
            topic=tp.topic,
            partition=tp.partition,
            committed=committed,
            start=start,
            end=end,
            reason="retention removed records that were not consumed"
            if committed < start
            else "the log lost records",
            action="going on from the first record that is kept",
        )
        return start

    def _reset_position(self, tp: TP) -> int:
        start, end = self.broker.bounds(*tp)
        return end if self.app.conf.consumer_auto_offset_reset == "latest" else start

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Read partitions from these offsets on."""
        for tp, offset in partitions.items():
            await self.seek(tp, offset)

    async def _seek(self, partition: TP, offset: int) -> None:
        self._positions[partition] = offset

    async def position(self, tp: TP) -> int | None:
        """The next offset to be fetched."""
        return self._positions.get(tp)

    def assignment(self) -> set[TP]:
        """The assigned partitions."""
        self.broker  # noqa: B018 - raises where the consumer is not running, as the app expects
        return set(self._assignment)

    def highwater(self, tp: TP) -> int:
        """The next offset to be written."""
        return self.broker.bounds(*tp)[1]

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """The next offsets to be written."""
        return {tp: self.highwater(tp) for tp in partitions}

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        """The first offsets that are kept."""
        return {tp: self.broker.bounds(*tp)[0] for tp in partitions}

    def topic_partitions(self, topic: str) -> int | None:
        """Number of partitions, or None where there is no such topic."""
        return self.broker.partitions(topic) if self.broker.has_topic(topic) else None

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int | None:
        """The partition of a key, or None where there is no such topic."""
        if partition is not None or not self.broker.has_topic(topic):
            return partition
        return self.broker.partition_for(topic, key)

    async def create_topic(self, topic: str, partitions: int, replication: int, **options: Any) -> None:
        """Make a topic, as ``Producer.create_topic`` does."""
        await self.app.producer.create_topic(topic, partitions, replication, **options)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        try:
            if self.app.producer.failure is not None:
                raise self.app.producer.failure
            await self.broker.commit(
                str(self._group), {(tp.topic, tp.partition): offset for tp, offset in offsets.items()}
            )
        except StoreError as error:
            log.error("commit_failed", group=self._group, error=str(error))
            await self.crash(error)
            return False
        return True
