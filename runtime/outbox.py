"""Sends what the operational store's outbox holds to the log."""

import asyncio
from itertools import groupby

import structlog

from runtime.context import Context
from stores.errors import StoreError
from stores.operational.outbox import Publication
from stores.ports import Log, LogRecord

log = structlog.get_logger(__name__)

#: How soon records are found that another process has added, in seconds.
_INTERVAL = 1.0
_PAUSE = 2.0


async def run_outbox(context: Context) -> None:
    """Send until cancelled. In a cluster every process of the API runs this; one at a time sends."""
    outbox = context.operational.outbox
    while True:
        outbox.filled.clear()
        try:
            while await relay_outbox(context):
                pass
            await asyncio.wait_for(outbox.filled.wait(), _INTERVAL)
        except TimeoutError:
            continue
        except StoreError as error:
            log.warning("outbox_not_sent", error=str(error), tried_again_in=_PAUSE)
            await asyncio.sleep(_PAUSE)


async def relay_outbox(context: Context) -> int:
    """Send the oldest records of the outbox; returns how many there were.

    Raises:
        StoreUnavailable: the operational store or the log is away. What was not sent stays in the outbox.
    """

    async def send(publications: list[Publication]) -> None:
        await _send(context.log, publications)

    return await context.operational.outbox.relay(send)


async def _send(writer: Log, publications: list[Publication]) -> None:
    for topic, group in groupby(publications, lambda publication: publication.topic):
        await writer.send(
            topic,
            [LogRecord(p.key.encode(), p.value.encode() if p.value else None, []) for p in group],
        )
