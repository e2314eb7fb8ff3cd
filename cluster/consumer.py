"""Faust's consumer on Kafka: the stock driver's thread, whose heartbeats go on while the agents work, under our drain loop."""

import time
from collections.abc import Mapping
from typing import Any

from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as stock
from faust.types import TP, ConsumerMessage
from mode import Service

from agents.draining import DrainingConsumer
from cluster.consumer_thread import FETCH_WAIT, ConsumerThread
from cluster.generations import generations
from stores.errors import StoreError

#: How often the ids of the assigned topics are looked at, in seconds.
_TOPICS_WATCHED_EVERY = 5.0
#: Part of the session for which a heartbeat counts as proof of ownership; the rest is for clocks that differ.
_LEASE = 0.8


class RecordsMissing(RuntimeError):
    """The next record of a topic is not the one behind the last: retention removed some, or the topic was made again."""


class Consumer(DrainingConsumer, stock.Consumer):  # type: ignore[misc]
    """Reads Kafka as a member of the stage's consumer group."""

    fetch_timeout = FETCH_WAIT

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        #: Id and Unix milliseconds of making, by topic.
        self._generations: dict[str, tuple[str, int]] = {}
        self._next: dict[TP, int] = {}
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        key, value = record.key, record.value
        return ConsumerMessage(
            record.topic,
            record.partition,
            record.offset,
            record.timestamp / 1000.0,
            record.timestamp_type,
            [*record.headers],
            key,
            value,
            record.checksum,
            record.serialized_key_size,
            record.serialized_value_size,
            tp,
            generation_id=self.app.consumer_generation_id,
        )

    def lease_until(self) -> float:
        """Unix time until which the group's coordinator cannot have given the partitions to another worker."""
        session: float = self.app.config.settings.kafka_session_timeout
        return float(self._thread.heartbeat_at) + _LEASE * session

    def topic_id(self, topic: str) -> str:
        """The id of a topic, a partition of which is assigned; empty for a changelog."""
        return self._generations.get(topic, ("", 0))[0]

    @Service.task  # type: ignore[untyped-decorator]
    async def _watch_topics(self) -> None:
        """Fail when a topic is no longer the one that was assigned.

        Kafka's client goes on at its old place in a topic that was made again, where the new one reaches that far already.
        """
        while not self.should_stop:
            await self.sleep(_TOPICS_WATCHED_EVERY)
            known = dict(self._generations)
            if not known or self.app.rebalancing:
                continue
            try:
                now = await self._thread.topic_ids(sorted(known))
            except KafkaError:
                continue  # Kafka is away; it is asked again
            for topic, id in now.items():
                if known[topic][0] != id and self.topic_id(topic) != id:
                    await self.crash(RecordsMissing(f"The topic {topic} was made again."))

    def generation(self, topic: str) -> int:
        """When a topic was made, in Unix milliseconds. It is known once a partition of it is assigned."""
        return self._generations[topic][1]

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Give partitions up."""
        # A fetch that is under way may answer from wherever the next assignment begins.
        self._next = {}
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Learn which topics these are, then begin with them."""
        self._thread.heartbeat_at = time.time()
        try:
            await self._learn_generations(
                sorted({tp.topic for tp in assigned if not self._is_changelog_tp(tp)})
            )
        except (StoreError, KafkaError) as error:
            # Kafka's client would log it, and go on with partitions that nobody reads.
            await self.app.crash(error)
            return
        await super().on_partitions_assigned(assigned, generation_id)

    async def _learn_generations(self, topics: list[str]) -> None:
        ids = await self._thread.topic_ids(topics)
        if any(self._generations.get(topic, ("", 0))[0] != ids.get(topic) for topic in topics):
            self._generations |= await generations(self.app.config.settings, topics)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        fetched = await super()._getmany(active_partitions, timeout)
        for place, records in fetched.items():
            tp = TP(*place)
            expected = self._next.get(tp)
            if records and expected is not None:
                if records[0].offset != expected:
                    raise RecordsMissing(
                        f"Record {expected} of partition {tp.partition} of {tp.topic} was expected, but {records[0].offset} "
                        "came: retention removed records that were not consumed, or the topic was made again."
                    )
                self._next[tp] = records[-1].offset + 1
        return fetched

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Read each source partition from its committed offset on."""
        sources = {TP(*tp) for tp in self.assignment() if not self._is_changelog_tp(tp)}
        self._next = await self._thread.start_offsets(sources)
        await self.seek_wait(self._next)
        return dict(self._next)
