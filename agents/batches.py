"""Adaptive batches: the one loop in which every agent takes its records.

Stock Faust hands an agent one event at a time, at 100 µs and more an event; ``take`` waits out a timer. Here an agent takes
whatever has already arrived in its stream's channel, up to a limit, at once: no waiting when idle, large batches under load.
The loop keeps Faust's promises itself:

- a record is tracked when it is taken and acked only after the handler returned, so offsets are committed behind the work;
- a record of an earlier generation (fetched before a rebalance) is neither applied nor acked;
- flow control: the queue's pressure callbacks run in ``get``, so a full queue pauses its partitions and an emptier one
  resumes them;
- an exception of the handler fails the stage: nothing of the batch is acked, and the stage goes on from its committed
  offsets. (Stock Faust would ack the batch, that is, drop it.)
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

import metrics
from agents.records import Incoming
from schemas.headers import Position

log = structlog.get_logger(__name__)

#: Takes the records of a batch, in the order of each partition.
Handler = Callable[[list[Incoming]], Awaitable[None]]


async def run_batches(
    stream: Any, agent: str, handler: Handler, limit: int, linger: float = 0.0, limit_bytes: int = 0
) -> None:
    """Feed a stream to ``handler`` in batches until the stream stops.

    A batch holds at most ``limit`` records and, where ``limit_bytes`` is given, closes once their values exceed it. With a
    ``linger`` (seconds) a batch is gathered for that long after its first record; without, it is whatever has arrived.
    """
    app = stream.app
    await stream.maybe_start()
    try:
        while not stream.should_stop:
            messages = await _take(stream.channel.queue, limit, linger, limit_bytes)
            messages = [message for message in messages if _is_current(app, message)]
            if not messages:
                continue
            for message in messages:
                _track(app, message)
            started = time.thread_time()
            await handler([_incoming(app, message) for message in messages])
            _count(agent, len(messages), time.thread_time() - started)
            for message in messages:
                if _is_current(app, message):
                    message.ack(app.consumer)
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


def _track(app: Any, message: Any) -> None:
    if not message.tracked and message.topic in app.topics.acking_topics:
        message.tracked = True
        app.consumer.track_message(message)


def _incoming(app: Any, message: Any) -> Incoming:
    generation = app.consumer.generation(message.topic)
    position = Position(message.partition, generation, message.offset)
    return Incoming(position, message.key or b"", message.value or b"", message.headers or [])


def _count(agent: str, records: int, seconds: float) -> None:
    metrics.AGENT_RECORDS.labels(agent).inc(records)
    metrics.AGENT_BATCHES.labels(agent).inc()
    metrics.AGENT_SECONDS.labels(agent).inc(seconds)
