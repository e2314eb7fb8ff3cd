"""``stacktide edge``: the edge on Kafka and PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cluster.log import KafkaLog
from ingest.serve import EdgeParts
from settings import Settings
from stores.operational import SqlOperationalStore


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[EdgeParts]:
    """What one process of the edge needs. Neither Kafka nor PostgreSQL need be there yet."""
    log = KafkaLog(settings, "stacktide-edge")
    store = SqlOperationalStore(settings.database_url, pool=settings.database_pool)
    try:
        yield EdgeParts(log, store)
    finally:
        await log.close()
        await store.close()
