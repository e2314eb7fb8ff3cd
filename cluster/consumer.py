"""Faust's consumer on Kafka: the stock driver's thread, whose heartbeats go on while the agents work, under our drain loop."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Any

import aiokafka
import structlog
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata
from faust.transport.drivers import aiokafka as stock
from faust.types import TP, ConsumerMessage
from mode import Service

import metrics
from agents.draining import DrainingConsumer
from cluster.connection import connection_options
from cluster.generations import generations
from cluster.topic_ids import topic_ids
from stores.errors import StoreError

log = structlog.get_logger(__name__)

#: How long a broker may hold a fetch that finds nothing, in seconds. Partitions whose records have just been taken are asked
#: for again only once it answers, so it bounds what an idle partition costs a busy one.
_FETCH_WAIT = 0.1
#: Records of one fetch.
_FETCH_RECORDS = 4000
_FETCH_BYTES = 4 * 1024 * 1024
#: How long a stage may take no record before its partitions are given to others, in seconds: its store may be away.
_LONGEST_WAIT = 3600.0
#: How long one commit may take, in seconds.
_COMMIT_TIMEOUT = 10.0
#: How long topics that were made may stay unknown, in seconds.
_TOPICS_TIMEOUT = 30.0
#: How often the ids of the assigned topics are looked at, in seconds.
_TOPICS_WATCHED_EVERY = 5.0
#: Part of the session for which a heartbeat counts as proof of ownership; the rest is for clocks that differ.
_LEASE = 0.8


class RecordsMissing(RuntimeError):
    """The next record of a topic is not the one behind the last: retention removed some, or the topic was made again."""


class ConsumerThread(stock.AIOKafkaConsumerThread):  # type: ignore[misc]
    """Fetches, commits and sends heartbeats in a thread of its own."""

    #: Unix time at which the latest heartbeat that was answered had been sent.
    heartbeat_at = 0.0

    async def on_start(self) -> None:
        """Join the group."""
        await super().on_start()
        coordinator = self._ensure_consumer()._coordinator
        beat = coordinator._do_heartbeat

        async def noted_beat() -> bool:
            sent_at = time.time()
            alive: bool = await beat()
            if alive:
                self.heartbeat_at = sent_at
            return alive

        coordinator._do_heartbeat = noted_beat

    def _create_worker_consumer(self, _transport: Any) -> aiokafka.AIOKafkaConsumer:
        settings = self.app.config.settings
        session = settings.kafka_session_timeout
        self._assignor = self.app.assignor
        return aiokafka.AIOKafkaConsumer(
            **connection_options(settings),
            client_id=self.app.conf.broker_client_id,
            group_id=self.app.conf.id,
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=_FETCH_RECORDS,
            max_poll_interval_ms=int(_LONGEST_WAIT * 1000),
            max_partition_fetch_bytes=_FETCH_BYTES,
            fetch_max_wait_ms=int(_FETCH_WAIT * 1000),
            session_timeout_ms=int(session * 1000),
            rebalance_timeout_ms=int(2 * session * 1000),
            heartbeat_interval_ms=int(session / 6 * 1000),
            metadata_max_age_ms=30_000,
        )

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        consumer = self._ensure_consumer()
        # The topic's id tells an offset of this topic from one of a topic that it replaced.
        id_of = self.consumer.topic_id
        wanted = {
            TopicPartition(*tp): OffsetAndMetadata(offset, id_of(tp.topic)) for tp, offset in offsets.items()
        }
        try:
            async with asyncio.timeout(_COMMIT_TIMEOUT):
                await consumer.commit(wanted)
        except (CommitFailedError, IllegalStateError) as error:
            log.info(
                "commit_refused", group=self.app.conf.id, reason="the group has rebalanced", error=str(error)
            )
            return False
        except (KafkaError, TimeoutError) as error:
            log.warning("commit_failed", group=self.app.conf.id, error=f"{type(error).__name__}: {error}")
            return False
        return True

    async def start_offsets(self, tps: set[TP]) -> dict[TP, int]:
        """Where to begin reading source partitions: at the committed offsets, or at the first record where there is none."""
        return dict(await self.call_thread(self._start_offsets, tps))

    async def _start_offsets(self, tps: set[TP]) -> dict[TP, int]:
        consumer = self._ensure_consumer()
        places = [TopicPartition(*tp) for tp in tps]
        ids = await topic_ids(consumer._client, {tp.topic for tp in tps})
        committed = await consumer._coordinator.fetch_committed_offsets(places)
        first, end = await asyncio.gather(consumer.beginning_offsets(places), consumer.end_offsets(places))
        starts = {}
        for place in places:
            starts[TP(*place)] = offset = first[place]
            known = committed.get(place)
            if known is None or known.offset < 0:
                continue
            if known.metadata and known.metadata != str(ids.get(place.topic)):
                reason = "the topic was made again"
            elif known.offset < first[place]:
                reason = "retention removed records that were not consumed"
            elif known.offset > end[place]:
                reason = "the topic was made again, or lost records"
            else:
                starts[TP(*place)] = known.offset
                continue
            metrics.OFFSETS_OUT_OF_RANGE.labels(place.topic).inc()
            log.warning(
                "committed_offset_out_of_range",
                group=self.app.conf.id,
                topic=place.topic,
                partition=place.partition,
                committed=known.offset,
                start=offset,
                end=end[place],
                reason=reason,
                action="going on from the first record that is kept",
            )
        return starts

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Join with these topics, once the broker that is asked knows them: changelogs may have been made a moment ago."""
        wanted = set(topics)
        async with asyncio.timeout(_TOPICS_TIMEOUT):
            while missing := wanted - set(await self.topic_ids(sorted(wanted))):
                log.info("waits_for_topics", topics=sorted(missing))
                await asyncio.sleep(0.2)
        await super().subscribe(wanted)

    async def topic_ids(self, topics: list[str]) -> dict[str, str]:
        """The ids of topics."""
        client = self._ensure_consumer()._client
        found = await self.call_thread(topic_ids, client, topics)
        return {topic: str(uuid) for topic, uuid in found.items()}


class Consumer(DrainingConsumer, stock.Consumer):  # type: ignore[misc]
    """Reads Kafka as a member of the stage's consumer group."""

    fetch_timeout = _FETCH_WAIT

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
