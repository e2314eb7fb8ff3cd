"""Faust's transport on the embedded log: ``faust.App(..., broker="embedded:///path/to/folder")``.

Registered as ``embedded`` in the entry-point group ``faust.transports``. See docs/embedded-log.md.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from faust.exceptions import ImproperlyConfigured
from faust.transport import base
from faust.types import TP
from faust.types.enums import ProcessingGuarantee
from mode import Service
from mode.utils.futures import notify

from agents.draining import DrainingFetcher
from embedded.consumer import Consumer
from embedded.log import Log
from embedded.producer import Producer
from embedded.topic_config import topic_config

#: How long topics that are added at run time are gathered before they are subscribed to together, in seconds. Stock Faust
#: waits for 45 s, since a rebalance of a Kafka group is costly; here it takes milliseconds.
RESUBSCRIBE_PAUSE = 0.02


class Conductor(base.Conductor):  # type: ignore[misc]
    """Stock Faust's conductor, which subscribes to topics that are added at run time at once."""

    def add(self, topic: Any) -> None:
        """Register a channel. One more of a topic that is read already takes a rebalance too, or it would get nothing.

        Like any other it then begins at the committed offsets.
        """
        if topic not in self._topics:
            super().add(topic)
            self._flag_changes()

    def _update_tp_index(self, assigned: set[TP]) -> None:
        super()._update_tp_index(assigned)
        # A channel that nothing iterates over (the reply consumer registers one, for the subscription's sake) would never ack
        # what it gets, and in the end fill its queue.
        for tp, channels in self._tp_index.items():
            self._tp_index[tp] = {channel for channel in channels if channel.is_iterator}

    @Service.task  # type: ignore[untyped-decorator]
    async def _subscriber(self) -> None:
        app = self.app
        if not (app.client_only or app.producer_only):
            await app.agents.wait_until_agents_started()
            await app.tables.wait_until_tables_registered()
        changed = self._subscription_changed = asyncio.Event()
        changed.set()
        while not self.should_stop:
            await changed.wait()
            changed.clear()
            # Stock Faust forgets what was added in the middle of a rebalance. The rebalance itself may be waiting for us.
            while app.rebalancing and not self.should_stop:
                notify(self._subscription_done)
                await self.sleep(RESUBSCRIBE_PAUSE)
            if self._topic_name_index:
                await self.sleep(RESUBSCRIBE_PAUSE)
            if not self.should_stop:
                await app.consumer.subscribe(await self._update_indices())
                notify(self._subscription_done)


class Transport(base.Transport):  # type: ignore[misc]
    """The embedded log as a Faust transport."""

    Consumer = Consumer
    Producer = Producer
    Conductor = Conductor
    Fetcher = DrainingFetcher

    driver_version = "embedded=1"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        url = self.url[0]
        self.path = Path((url.host or "") + url.path)
        if not self.path.name:
            raise ImproperlyConfigured(
                f"{url} names no folder. Write embedded:///absolute/path or embedded://relative/path."
            )
        conf = self.app.conf
        if conf.processing_guarantee == ProcessingGuarantee.EXACTLY_ONCE or conf.producer_threaded:
            raise ImproperlyConfigured(
                "The embedded transport has neither transactions (processing_guarantee='exactly_once') nor a threaded "
                "producer: use at_least_once, and leave producer_threaded unset."
            )

    async def open_log(self, group: str | None = None, member: object = None) -> Log:
        """The log, shared with all others in this process, and joined as the member of a group if one is given.

        Raises:
            LogLocked: another process has it open.
            StoreRejected: the group has a member already.
        """
        log = Log.shared(self.path)
        if group is not None:
            log.join(group, member)
        await log.start()
        return log

    def declare(self, log: Log, topics: Iterable[str]) -> None:
        """Make those topics that there are not yet, as the app's topics declare them, or else with its defaults."""
        missing = {topic for topic in topics if not log.has_topic(topic)}
        if not missing:
            return
        declared = {name: topic for topic in self.app.topics for name in topic.topics if name in missing}
        for name in sorted(missing):
            topic = declared.get(name)
            partitions = (topic and topic.partitions) or self.app.conf.topic_partitions
            config = topic and topic_config(topic.retention, topic.compacting, topic.deleting, topic.config)
            log.create_topic(name, partitions, config)
