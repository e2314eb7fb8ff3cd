"""The guard around every step: a failure becomes a retry, a place in the DLQ, or a halt, and never a lost event.

- A bad event (the step raised) goes to its topic's DLQ with the reason, the traceback and its position.
- An unavailable store or log is tried again with growing pauses, inside the loop, for as long as it takes.
- More than a set part of bad events halts the stage before they are put aside, so that a bad release does not drain good
  events into the DLQ.
"""

import asyncio
import traceback
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

import structlog

import metrics
from agents.records import Incoming, Outgoing
from settings import Settings
from stores.errors import StoreUnavailable
from topics import DLQ_SUFFIX

log = structlog.get_logger(__name__)

Result = TypeVar("Result")

#: Headers of a record on a DLQ, besides those that it had.
DLQ_REASON = "dlq-reason"
DLQ_TRACEBACK = "dlq-traceback"
DLQ_AGENT = "dlq-agent"
DLQ_TOPIC = "dlq-topic"
DLQ_POSITION = "dlq-position"

_REASON_LIMIT = 1024
_TRACEBACK_LIMIT = 8 * 1024
_WINDOW = 20
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 15.0


class StageHalted(RuntimeError):
    """Too many records failed; the stage stops so that somebody can look."""


class Failure(NamedTuple):
    """A bad record, as it is put aside: why, and where in the code."""

    record: Incoming
    reason: str
    traceback: str


class Guard:
    """Collects the bad records of one agent's batches and judges their ratio.

    The ratio is taken over the latest batches (at most 20). ``clean`` takes out of a failure what must not be kept; it raises
    nothing.
    """

    def __init__(
        self, agent: str, topic: str, settings: Settings, clean: Callable[[Failure], Failure] | None = None
    ) -> None:
        self.agent = agent
        self.topic = topic
        self._ratio = settings.bad_ratio
        self._minimum = settings.bad_minimum
        self._clean = clean
        self._bad: list[Outgoing] = []
        self._window: deque[tuple[int, int]] = deque(maxlen=_WINDOW)

    def attempt(self, record: Incoming, step: Callable[..., Result], *arguments: Any) -> Result | None:
        """The result of ``step(*arguments)``, or None when it raised: the record is then among the bad ones."""
        try:
            return step(*arguments)
        except Exception as error:
            self.reject(record, error)
            return None

    def reject(self, record: Incoming, error: Exception) -> None:
        """Count a record as bad."""
        trace = "".join(traceback.format_exception(error))[-_TRACEBACK_LIMIT:]
        failure = Failure(record, f"{type(error).__name__}: {error}"[:_REASON_LIMIT], trace)
        record, reason, trace = self._clean(failure) if self._clean is not None else failure
        log.warning(
            "record_failed", agent=self.agent, topic=self.topic, position=record.position, reason=reason
        )
        headers = [
            *record.headers,
            (DLQ_REASON, reason.encode("utf-8", "replace")[:_REASON_LIMIT]),
            (DLQ_TRACEBACK, trace.encode("utf-8", "replace")),
            (DLQ_AGENT, self.agent.encode()),
            (DLQ_TOPIC, self.topic.encode()),
            (DLQ_POSITION, record.position.encode()),
        ]
        self._bad.append(Outgoing(self.topic + DLQ_SUFFIX, record.key, record.value, headers))

    def take_bad(self, batch_size: int) -> list[Outgoing]:
        """The DLQ records of the batch that ends now, to be sent before the batch is acked.

        Raises:
            StageHalted: too many of the latest records were bad.
        """
        bad, self._bad = self._bad, []
        self._window.append((len(bad), batch_size))
        failed = sum(count for count, _ in self._window)
        total = sum(count for _, count in self._window)
        if bad and failed >= self._minimum and failed > self._ratio * total:
            raise StageHalted(
                f"{failed} of the last {total} records of {self.topic} failed in {self.agent}; "
                f"the last with {dict(bad[-1].headers)[DLQ_REASON].decode()!r}. Nothing was put aside or acknowledged. "
                "Mend the cause and start the stage again, or raise STACKTIDE_BAD_RATIO."
            )
        metrics.DLQ_RECORDS.labels(self.agent, self.topic).inc(len(bad))
        return bad


async def until_available(agent: str, operation: Callable[[], Awaitable[Result]]) -> Result:
    """The result of ``operation``, tried again for as long as it raises ``StoreUnavailable``."""
    pause = _FIRST_PAUSE
    while True:
        try:
            return await operation()
        except StoreUnavailable as error:
            metrics.AGENT_RETRIES.labels(agent).inc()
            log.warning("store_unavailable", agent=agent, error=str(error), retry_in=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
