"""Works off what is due on one channel."""

import time
from collections.abc import Awaitable, Callable, Sequence

import structlog

import metrics
from agents.notify.budget import Budget, pause_after
from agents.notify.notice import Notice, Told, key_of
from agents.notify.send.errors import ReceiverRefused, ReceiverUnavailable
from agents.notify.send.senders import READ_BY_PEOPLE, Senders
from schemas.channels import kind_of
from settings import Settings
from stores.operational.deliveries import Attempt, Outcome
from stores.operational.sending import Claim, DueDelivery, Rest, Result, Sending

log = structlog.get_logger(__name__)

#: Most deliveries of one digest.
_DIGEST = 500
#: What a message may take beside its attempt, in seconds: its chart, and noting what became of it.
_BESIDE = 10.0

#: The events of the last periods of what a notice is about.
Trend = Callable[[Told], Awaitable[tuple[int, ...]]]


def lease_of(settings: Settings) -> float:
    """For how many seconds a channel is taken, again before each message."""
    return settings.notification_timeout + _BESIDE


class Work:
    """One channel's deliveries, one message after the other. ``clock`` gives Unix seconds; ``stopping`` says that no further
    message is to be begun."""

    def __init__(
        self,
        settings: Settings,
        sending: Sending,
        senders: Senders,
        claim: Claim,
        clock: Callable[[], float],
        trend: Trend,
    ) -> None:
        self._settings = settings
        self._sending = sending
        self._senders = senders
        self._claim = claim
        self._clock = clock
        self._trend = trend
        self._kind = kind_of(claim.channel.target)
        self._budget = Budget.of(claim.channel.budget or settings.notification_budget)
        self._rest = Rest(claim.tokens, claim.tokens_at, claim.failures)

    async def run(self, stopping: Callable[[], bool]) -> None:
        """Send what is due until nothing is, the budget is used up, or the receiver is away.

        Raises:
            StoreUnavailable: the store is away; what was sent without being noted is sent again.
        """
        try:
            if expired := await self._sending.expire(self._claim):
                metrics.NOTIFICATIONS.labels(self._kind, "expired").inc(expired)
            while not stopping() and not self._rest.until and await self._next():
                pass
        finally:
            await self._sending.release(self._claim, self._rest)

    async def _next(self) -> bool:
        """Send one message. Returns whether there may be more to do."""
        now = self._clock()
        tokens = None
        most = 1
        if self._kind in READ_BY_PEOPLE:
            tokens = self._budget.tokens(self._rest.tokens, self._rest.tokens_at, now)
            # The last token is for everything that waits.
            most = 1 if tokens >= 2 else _DIGEST
        due = await self._sending.due(self._claim, lease_of(self._settings), most)
        if not due:
            return False
        if tokens is not None and (wait := self._budget.wait(tokens)):
            self._rest = self._rest._replace(tokens=tokens, tokens_at=now, until=now + wait)
            return False
        return await self._send(due, now, tokens)

    async def _send(self, due: Sequence[DueDelivery], now: float, tokens: float | None) -> bool:
        started = time.perf_counter()
        outcome: Outcome = "delivered"
        retry_after = None
        try:
            detail = await self._senders.send(self._claim.channel, await self._notice(due))
        except ReceiverUnavailable as error:
            outcome, detail, retry_after = "pending", str(error), error.retry_after
        except ReceiverRefused as error:
            outcome, detail = "refused", str(error)
        except Exception as error:
            # What is sent holds what strangers wrote; one that cannot be rendered must not hold up the others.
            log.exception("notification_failed", channel=self._claim.channel.id, deliveries=len(due))
            outcome, detail = "refused", f"It could not be made ready: {type(error).__name__}."
        attempt = Attempt(now, time.perf_counter() - started, outcome, detail)
        metrics.NOTIFICATION_SECONDS.labels(self._kind).observe(attempt.seconds)
        if outcome == "pending":
            await self._put_off(due, attempt, retry_after)
            return False
        if len(due) > 1:
            attempt = Attempt(attempt.at, attempt.seconds, outcome, f"In a digest of {len(due)}. {detail}")
        await self._end([Result(one.id, outcome, attempt.detail, None, attempt) for one in due])
        left = None if tokens is None else tokens - (outcome == "delivered")
        self._rest = Rest(left, now, 0)
        return True

    async def _notice(self, due: Sequence[DueDelivery]) -> Notice:
        told = tuple(Told(one.state, one.event) for one in due)
        first = due[0]
        project = self._claim.project
        key = key_of(self._claim.channel.id, first.event.data.alert_id, first.state)
        if len(told) > 1:
            return Notice(f"{key}-{len(told)}", told, project)
        trend = await self._trend(told[0]) if self._kind in READ_BY_PEOPLE else ()
        return Notice(key, told, project, trend=trend)

    async def _put_off(self, due: Sequence[DueDelivery], attempt: Attempt, retry_after: float | None) -> None:
        """The receiver is away: the channel rests, and what failed comes again later."""
        metrics.NOTIFICATIONS.labels(self._kind, "unavailable").inc(len(due))
        now = self._clock()
        failures = self._rest.failures + 1
        self._rest = self._rest._replace(failures=failures, until=now + pause_after(failures, retry_after))
        noted = Attempt(attempt.at, attempt.seconds, "unavailable", attempt.detail)
        await self._sending.record(
            [
                Result(
                    one.id, "pending", noted.detail, now + pause_after(one.attempts + 1, retry_after), noted
                )
                for one in due
            ]
        )
        log.warning(
            "channel_unavailable",
            channel=self._claim.channel.id,
            kind=self._kind,
            failures=failures,
            error=noted.detail,
        )

    async def _end(self, results: list[Result]) -> None:
        await self._sending.record(results)
        for result in results:
            metrics.NOTIFICATIONS.labels(self._kind, result.outcome).inc()
