"""Adaptive batches: the one loop in which every agent takes its records.

Stock Faust hands an agent one event at a time, at 100 µs and more an event; ``take`` waits out a timer. Here an agent takes
whatever has already arrived in its stream's channel, up to a limit, at once: no waiting when idle, large batches under load.
The loop keeps Faust's promises itself:

- a record is acked only after the handler returned, so offsets are committed behind the work;
- a record of an earlier generation (fetched before a rebalance) is neither applied nor acked, and a rebalance waits for the
  handlers that run (``agents/in_flight.py``);
- flow control: the queue's pressure callbacks run in ``get``, so a full queue pauses its partitions and an emptier one
  resumes them;
- an exception of the handler fails the stage: nothing of the batch is acked, and the stage goes on from its committed
  offsets. (Stock Faust would ack the batch, that is, drop it.)
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import structlog

import metrics
from agents.records import Incoming
from schemas.headers import Position

log = structlog.get_logger(__name__)

#: Records of a batch by which the time for the next one grows by ``Linger.least``.
_GROWTH = 50

#: Takes the records of a batch, in the order of each partition.
Handler = Callable[[list[Incoming]], Awaitable[None]]


class Linger(NamedTuple):
    """For how many seconds a batch is gathered after its first record: from ``least`` when records are few, growing with
    the size of the batch before, up to ``most``. What comes in singly is not held up, and what comes in floods is written
    in few large pieces."""

    least: float
    most: float

    def after(self, size: int) -> float:
        """The time for the batch after one of ``size`` records."""
        return min(self.least * (1 + size / _GROWTH), self.most)


async def run_batches(
    stream: Any,
    agent: str,
    handler: Handler,
    limit: int,
    linger: Linger = Linger(0.0, 0.0),  # noqa: B008
    limit_bytes: int = 0,
) -> None:
    """Feed a stream to ``handler`` in batches until the stream stops.

    A batch holds at most ``limit`` records and, where ``limit_bytes`` is given, closes once their values exceed it. Without
    a ``linger`` it is whatever has arrived.
    """
    app = stream.app
    size = 0
    await stream.maybe_start()
    try:
        while not stream.should_stop:
            messages = await _take(stream.channel.queue, limit, linger.after(size), limit_bytes)
            messages = [message for message in messages if _is_current(app, message)]
            size = len(messages)
            if not messages:
                continue
            if not await app.consumer.in_flight.run(handler(_incoming(app, messages))):
                continue
            metrics.AGENT_RECORDS.labels(agent).inc(len(messages))
            metrics.AGENT_BATCHES.labels(agent).inc()
            app.consumer.ack_many([message for message in messages if _is_current(app, message)])
    except StopAsyncIteration:
        return  # Faust throws this into the queue to end a stream
    except asyncio.CancelledError:
        raise
    except Exception as error:
        log.exception("agent_failed", agent=agent, error=str(error))
        await app.crash(error)


async def _take(queue: Any, limit: int, linger: float, limit_bytes: int) -> list[Any]:
    """Messages in the order of arrival; waits for the first."""
    messages = [(await queue.get()).message]
    size = len(messages[0].value or b"")
    deadline = time.monotonic() + linger
    while len(messages) < limit and not (limit_bytes and size >= limit_bytes):
        if not queue.empty():
            event = queue.get_nowait()
        elif (remaining := deadline - time.monotonic()) > 0:
            try:
                event = await asyncio.wait_for(queue.get(), remaining)
            except TimeoutError:
                break
        else:
            break
        messages.append(event.message)
        size += len(event.message.value or b"")
    return messages


def _is_current(app: Any, message: Any) -> bool:
    return bool(app.flow_control.is_active() and message.generation_id == app.consumer_generation_id)


def _incoming(app: Any, messages: list[Any]) -> list[Incoming]:
    """The messages, all of one topic, as agents see them."""
    generation = app.consumer.generation(messages[0].topic)
    return [
        Incoming(
            Position(message.partition, generation, message.offset),
            message.key or b"",
            message.value or b"",
            message.headers or [],
        )
        for message in messages
    ]


@contextmanager
def own_time(agent: str) -> Iterator[None]:
    """Counts the CPU time of an agent's own code, which must not await: others would run in between."""
    started = time.thread_time()
    try:
        yield
    finally:
        metrics.AGENT_SECONDS.labels(agent).inc(time.thread_time() - started)
