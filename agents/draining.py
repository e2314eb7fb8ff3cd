"""How records get from a Faust consumer to the streams: Faust's drain loop and acknowledgements, done for batches.

Stock Faust makes two tasks for each message, sleeps for a second when the buffers are full, and, when messages are acked out
of order, may commit past one that is not. ``DrainingConsumer`` replaces those parts of ``faust.transport.consumer.Consumer``
and keeps its promises:

- messages of one partition are delivered in order, partitions in turn;
- nothing is delivered while the flow is stopped, from a partition that is paused or whose stream's buffer is full, or that was
  fetched before the latest rebalance or seek;
- source topics are read only once recovery has sought them to their committed offsets;
- an offset is committed only when every message that was delivered before it has been acked. Offsets that compaction or
  retention removed are never delivered, so they need no ack. A commit that failed is done again.

A transport mixes it in before its own consumer class, and uses ``DrainingFetcher``.
"""

import asyncio
import math
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from faust.transport.consumer import Consumer, Fetcher
from faust.types import TP
from faust.types.transports import TPorTopicSet

from agents.in_flight import InFlight
from agents.recovery import BatchRecovery

#: Messages that are delivered before other tasks get their turn; also what a partition delivers before the next one does.
DELIVERED_AT_ONCE = 500


class DeliveredOffsets:
    """The messages of one partition that were delivered and not yet committed, in their order."""

    __slots__ = ("_committable", "_unacked")

    def __init__(self) -> None:
        self._unacked: deque[int] = deque()
        self._committable: int | None = None

    def deliver(self, offset: int) -> None:
        """Note a message before it is given to the streams."""
        self._unacked.append(offset)

    def committable(self, acked: set[int]) -> int | None:
        """The offset after the last message before which all are acked, or None where none is.

        Removes from ``acked`` what it accounts for.
        """
        unacked = self._unacked
        while unacked and unacked[0] in acked:
            offset = unacked.popleft()
            acked.discard(offset)
            self._committable = offset + 1
        return self._committable


class DrainingFetcher(Fetcher):  # type: ignore[misc]
    """Stock Faust's fetcher, which stops at once rather than when the current fetch ends."""

    async def on_stop(self) -> None:
        """Wake the drain loop, so that it sees that it is to stop."""
        consumer = self.app.consumer
        if isinstance(consumer, DrainingConsumer):
            consumer.woken.set()
        await super().on_stop()


class DrainingConsumer(Consumer):  # type: ignore[misc]
    """The part of a consumer between fetching and the streams. ``_getmany`` returns records by partition, in order."""

    #: Set whenever the drain loop has something to look at: flow resumed, buffers drained, partitions changed, a stop.
    woken: asyncio.Event
    #: How long one fetch waits, in seconds. A transport that cannot return earlier once ``woken`` is set takes less.
    fetch_timeout = 1.0
    _n_acked: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.woken = asyncio.Event()
        self._fetched: dict[TP, deque[Any]] = {}
        self._delivered: defaultdict[TP, DeliveredOffsets] = defaultdict(DeliveredOffsets)
        self._sought = False
        self._sources_ready = False
        #: The batches that are being handled.
        self.in_flight = InFlight()
        super().__init__(*args, **kwargs)

    def lease_until(self) -> float:
        """Unix time until which the assigned partitions are surely nobody else's."""
        return math.inf

    async def _drain_messages(self, fetcher: Any) -> None:
        stopped = fetcher._stopped.is_set
        try:
            while not (self.should_stop or stopped()):
                self.woken.clear()
                wanted = self._deliverable()
                if await self._deliver(wanted):
                    await asyncio.sleep(0)
                elif to_fetch := {tp for tp in wanted if not self._fetched.get(tp)}:
                    await self._fetch(to_fetch)
                else:
                    await self.woken.wait()
        except self.consumer_stopped_errors:
            if not self.transport.app.should_stop:
                raise
        except asyncio.CancelledError:
            if not self.transport.app.should_stop:
                raise

    def _deliverable(self) -> set[TP]:
        """The partitions from which messages may be delivered now."""
        if not self.flow_active:
            return set()
        if self.app.client_only:
            return cast(set[TP], self.assignment())
        active = self._get_active_partitions()
        if self._sources_ready:
            return set(active)
        return {tp for tp in active if self._is_changelog_tp(tp)}

    async def _fetch(self, wanted: set[TP]) -> None:
        generation = self.app.consumer_generation_id
        records = await self._getmany(wanted, self.fetch_timeout)
        if generation == self.app.consumer_generation_id:
            for tp, batch in records.items():
                if batch:
                    self._fetched.setdefault(tp, deque()).extend(batch)
                    self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))

    async def _deliver(self, wanted: set[TP]) -> int:
        """Deliver some of what has been fetched; returns how many messages."""
        delivered = 0
        for tp in sorted(wanted):
            if batch := self._fetched.get(tp):
                recovery = self.app.tables.recovery
                if isinstance(recovery, BatchRecovery) and self._is_changelog_tp(tp):
                    delivered += self._recover(recovery, tp, batch)
                else:
                    delivered += await self._deliver_partition(tp, batch)
            if self._commit_every is not None and self._n_acked >= self._commit_every:
                self._n_acked = 0
                await self.commit()
        return delivered

    def _recover(self, recovery: BatchRecovery, tp: TP, batch: deque[Any]) -> int:
        records = [batch.popleft() for _ in range(min(len(batch), DELIVERED_AT_ONCE))]
        recovery.apply(tp, records)
        self._read_offset[tp] = records[-1].offset
        return len(records)

    async def _deliver_partition(self, tp: TP, batch: deque[Any]) -> int:
        to_message, callback = self._to_message, self.callback
        tracked = self._delivered[tp] if self.app.topics.acks_enabled_for(tp.topic) else None
        active = self._active_partitions
        room = self._room(tp)
        delivered = 0
        while batch and delivered < max(room, 1) and self.flow_active and self._fetched.get(tp) is batch:
            # A full buffer takes its partition out of the active ones, except in recovery and for a client.
            if tp not in active and not self.app.client_only:
                break
            message = to_message(tp, batch.popleft())
            if tracked is not None:
                tracked.deliver(message.offset)
            delivered += 1
            if room:
                await callback(message)
            else:
                await self.wait_first(callback(message), self.suspend_flow.wait())
            self._read_offset[tp] = message.offset
        return delivered

    def _room(self, tp: TP) -> int:
        """How many messages of a partition can be delivered without waiting for anything.

        Nothing else runs while they are, so this need not be asked for each. Where delivering may have to wait (0), it must be
        possible to break it off.
        """
        app = self.app
        conductor = app.topics
        if (
            not app.flow_control.is_active()
            or app.producer.buffer.size > app.producer.buffer.max_messages
            or conductor._tp_to_callback_lock.locked()
        ):
            return 0
        queues = [channel.queue for channel in conductor._tp_index.get(tp, ()) if channel.queue.maxsize]
        room = min((queue.maxsize - queue.qsize() for queue in queues), default=DELIVERED_AT_ONCE)
        return max(0, min(room, DELIVERED_AT_ONCE))

    def _forget(self, tps: Iterable[TP]) -> None:
        """Drop what was fetched and delivered of partitions that are read from another offset from now on."""
        for tp in tps:
            self._fetched.pop(tp, None)
            self._delivered.pop(tp, None)
            self._acked.pop(tp, None)
            self._acked_index.pop(tp, None)

    async def perform_seek(self) -> None:
        """Seek all partitions to their committed offsets. Recovery does so last; then the sources may be read."""
        self._forget({tp for tp in self.assignment() if not self._is_changelog_tp(tp)})
        await super().perform_seek()
        self._sought = True

    async def seek(self, partition: TP, offset: int) -> None:
        """Seek a partition to an offset."""
        self._forget([partition])
        await super().seek(partition, offset)
        self.woken.set()

    def resume_flow(self) -> None:
        """Let messages through again."""
        super().resume_flow()
        self._sources_ready = self._sources_ready or self._sought
        self.woken.set()

    def stop_flow(self) -> None:
        """Let no more messages through."""
        super().stop_flow()
        self.woken.set()

    def on_buffer_drop(self, tp: TP) -> None:
        """Deliver from a partition again, whose stream's buffer was full."""
        super().on_buffer_drop(tp)
        self.woken.set()

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Deliver from partitions again."""
        super().resume_partitions(tps)
        self.woken.set()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let running batches finish, commit what has been acked before stock Faust drops it, and forget the partitions."""
        self._fetched.clear()
        await self.in_flight.finish()
        await self.commit()
        await super().on_partitions_revoked(revoked)
        self._forget(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Begin with new partitions: first their tables recover, then their sources are sought and read."""
        self._sought = self._sources_ready = False
        self._fetched.clear()
        self._forget(list(self._delivered))
        self.in_flight.reopen()
        await super().on_partitions_assigned(assigned, generation_id)
        self.woken.set()

    def ack_many(self, messages: Iterable[Any]) -> None:
        """Ack messages for one of the streams that read them; the last stream's ack counts."""
        for message in messages:
            message.refcount -= 1
            if message.refcount <= 0 and not message.acked:
                message.acked = True
                self._acked_index[message.tp].add(message.offset)
                self._n_acked += 1

    async def _commit_offsets(self, offsets: Mapping[TP, int], start_new_transaction: bool = True) -> bool:
        # Stock Faust takes offsets for committed that were not, and so would not commit them again.
        assigned = self.assignment()
        offsets = {tp: offset for tp, offset in offsets.items() if tp in assigned}
        if not offsets:
            return False
        await self.app.producer.flush()
        if not await self._commit(offsets):
            return False
        self.app.tables.on_commit(offsets)
        self._committed_offset.update(offsets)
        self.app.monitor.on_tp_commit(offsets)
        return True

    def _filter_tps_with_pending_acks(self, topics: TPorTopicSet | None = None) -> Iterator[TP]:
        return (tp for tp in list(self._delivered) if topics is None or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: TP) -> int | None:
        self._acked[tp].clear()
        return self._delivered[tp].committable(self._acked_index[tp])
