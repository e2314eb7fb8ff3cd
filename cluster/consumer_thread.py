"""The thread in which a stage fetches from Kafka, commits and sends heartbeats: the stock driver's, with our settings."""

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
from faust.types import TP

import metrics
from cluster.connection import connection_options
from cluster.topic_ids import topic_ids

log = structlog.get_logger(__name__)

#: How long a broker may hold a fetch that finds nothing, in seconds. Partitions whose records have just been taken are asked
#: for again only once it answers, so it bounds what an idle partition costs a busy one.
FETCH_WAIT = 0.1
#: Records of one fetch.
_FETCH_RECORDS = 4000
_FETCH_BYTES = 4 * 1024 * 1024
#: How long a stage may take no record before its partitions are given to others, in seconds: its store may be away.
_LONGEST_WAIT = 3600.0
#: How long one commit may take, in seconds.
_COMMIT_TIMEOUT = 10.0
#: How long topics that were made may stay unknown, in seconds.
_TOPICS_TIMEOUT = 30.0


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
            fetch_max_wait_ms=int(FETCH_WAIT * 1000),
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
            start = starts[TP(*place)] = first[place]
            known = committed.get(place)
            if known is None or known.offset < 0:
                continue
            reason = _why_not(known, first[place], end[place], str(ids.get(place.topic)))
            if not reason:
                starts[TP(*place)] = known.offset
                continue
            metrics.OFFSETS_OUT_OF_RANGE.labels(place.topic).inc()
            log.warning(
                "committed_offset_out_of_range",
                group=self.app.conf.id,
                topic=place.topic,
                partition=place.partition,
                committed=known.offset,
                start=start,
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


def _why_not(committed: OffsetAndMetadata, first: int, end: int, topic_id: str) -> str:
    """Why a stage cannot go on at its committed offset; empty where it can."""
    if committed.metadata and committed.metadata != topic_id:
        return "the topic was made again"
    if committed.offset < first:
        return "retention removed records that were not consumed"
    if committed.offset > end:
        return "the topic was made again, or lost records"
    return ""
