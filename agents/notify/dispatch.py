"""Sends what is queued: each channel by itself, so that one that is away holds up no other."""

import asyncio
import secrets
import time
from collections.abc import Callable

import structlog

import metrics
from agents.notify.send.senders import Senders
from agents.notify.work import Trend, Work, lease_of
from schemas.channels import KINDS
from settings import Settings
from stores.errors import StoreError, StoreRejected
from stores.ports import OperationalStore

log = structlog.get_logger(__name__)

#: How soon what another process has queued, and what is due again, is found, in seconds.
_INTERVAL = 1.0
#: Channels on which one process works at once; of those that failed at last, half as many.
MOST_AT_ONCE = 200
#: How often what waits is counted for the metrics, in seconds.
_COUNT_INTERVAL = 15.0
#: Time at a stop to note what became of the last messages, in seconds.
_SPARE = 3.0
#: How long a channel is left alone whose secrets cannot be decrypted, in seconds.
_UNREADABLE = 60.0


class Dispatcher:
    """Works off the deliveries of all channels that no other process works on. ``clock`` gives Unix seconds."""

    def __init__(
        self,
        settings: Settings,
        store: OperationalStore,
        trend: Trend,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._store = store
        self._trend = trend
        self._clock = clock
        self._senders = Senders(settings, clock)
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._failing: set[int] = set()
        self._unreadable: dict[int, float] = {}
        self._stopping = False
        self._counted = -_COUNT_INTERVAL

    async def run(self) -> None:
        """Send until cancelled. Messages that are just being sent are finished, as long as one may take."""
        filled = self._store.deliveries.filled
        try:
            await self._rotate()
            while True:
                filled.clear()
                try:
                    await self.start_due()
                    await self._count()
                except StoreError as error:
                    log.warning("deliveries_unknown", error=str(error))
                except Exception:
                    log.exception("deliveries_not_looked_at")
                try:
                    await asyncio.wait_for(filled.wait(), _INTERVAL)
                except TimeoutError:
                    continue
        finally:
            self._stopping = True
            await self.finish()

    async def start_due(self) -> int:
        """Begin to work on every channel that something is due for; returns on how many.

        Raises:
            StoreUnavailable: the store is away.
        """
        begun = 0
        room = MOST_AT_ONCE - len(self._busy)
        for channel in await self._store.sending.due_channels(MOST_AT_ONCE) if room > 0 else ():
            if channel.id in self._busy or self._unreadable.get(channel.id, 0.0) > time.monotonic():
                continue
            if begun >= room or (channel.failures and len(self._failing) >= MOST_AT_ONCE // 2):
                break
            if channel.failures:
                self._failing.add(channel.id)
            self._busy[channel.id] = asyncio.ensure_future(self._work(channel.id))
            begun += 1
        return begun

    async def finish(self) -> None:
        """Wait for the channels that are worked on."""
        if self._busy:
            limit = self._settings.notification_timeout + _SPARE
            _, late = await asyncio.wait(list(self._busy.values()), timeout=limit)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _work(self, channel: int) -> None:
        try:
            lease = secrets.token_hex(8)
            claim = await self._store.sending.claim(channel, lease, lease_of(self._settings))
            if claim is not None:
                work = Work(
                    self._settings, self._store.sending, self._senders, claim, self._clock, self._trend
                )
                await work.run(lambda: self._stopping)
        except StoreRejected as error:
            self._unreadable[channel] = time.monotonic() + _UNREADABLE
            log.error("channel_unreadable", channel=channel, error=str(error))
        except StoreError as error:
            log.warning("channel_not_worked_off", channel=channel, error=str(error))
        except Exception:
            self._unreadable[channel] = time.monotonic() + _UNREADABLE
            log.exception("channel_failed", channel=channel)
        finally:
            self._busy.pop(channel, None)
            self._failing.discard(channel)

    async def _rotate(self) -> None:
        """Encrypt all secrets with the newest key, once at the start."""
        try:
            if rotated := await self._store.channels.rotate():
                log.info("secrets_encrypted_anew", channels=rotated)
        except StoreError as error:
            log.warning("secrets_not_rotated", error=str(error))

    async def _count(self) -> None:
        if time.monotonic() < self._counted + _COUNT_INTERVAL:
            return
        self._counted = time.monotonic()
        pending = await self._store.sending.pending()
        for kind in KINDS:
            metrics.NOTIFICATIONS_PENDING.labels(kind).set(pending.get(kind, 0))
