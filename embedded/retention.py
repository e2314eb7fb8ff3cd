"""Retention of the stores: whole days are dropped. The log looks after itself."""

import asyncio
from datetime import UTC, datetime

import structlog

from embedded.context import Context
from stores.errors import StoreError
from stores.events.retention import DAILY_TABLES, drop_old_partitions

log = structlog.get_logger(__name__)

_INTERVAL = 3600.0


async def run_retention(context: Context) -> None:
    """Apply retention every hour until cancelled."""
    while True:
        try:
            await apply_retention(context, datetime.now(UTC).timestamp())
        except StoreError as error:
            log.warning("retention_failed", error=str(error), tried_again_in=_INTERVAL)
        await asyncio.sleep(_INTERVAL)


async def apply_retention(context: Context, now: float) -> None:
    """Drop the days that are older than the settings keep. ``now`` is in Unix seconds."""
    settings = context.settings
    for table in DAILY_TABLES:
        await drop_old_partitions(context.events, table, now - settings.events_retention)
    archive_before = datetime.fromtimestamp(now - settings.archive_retention, UTC).date()
    await context.archive.drop_days_before(archive_before.isoformat())
