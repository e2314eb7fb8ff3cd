"""Retention of the stores: whole days or months are dropped. The log looks after itself."""

import asyncio
from datetime import UTC, datetime

import structlog

from runtime.context import Context
from runtime.privacy.erase import erase_before
from settings import Settings
from stores.errors import StoreError
from stores.events.retention import PARTITIONS, drop_old_partitions
from stores.events.where import DAY

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
    """Drop what is older than the settings keep, in the stores that the stages of this process write.

    ``now`` is in Unix seconds.
    """
    settings = context.settings
    if "clickhouse" in context.stages:
        for table in PARTITIONS:
            await drop_old_partitions(context.events, table, now - _kept(settings, table))
    if "opensearch" in context.stages and context.search_sink is not None:
        await context.search_sink.drop_days_before(_day(now - settings.events_retention))
    if "archive" in context.stages:
        await context.archive.drop_days_before(_day(now - settings.archive_retention))
    if "notify" in context.stages:
        await context.operational.deliveries.drop_before(now - settings.deliveries_retention)
        await context.operational.rules.drop_acknowledged_before(now - settings.events_retention)


async def apply_project_retention(context: Context, now: float) -> None:
    """Erase the events of projects that keep them for a shorter time than the service, and what came late of projects that
    were removed, from every store. ``now`` is in Unix seconds. Whole UTC days go, as with the service's retention."""

    async def progress(_step: int, _steps: int) -> None:
        pass

    today = int(now // DAY * DAY)
    for project in await context.operational.projects():
        days = (await context.operational.configurations.get(project.id)).retention_days
        if days is not None:
            before = today - days * DAY
            await erase_before(context, project.id, before, "retention", progress)
    await context.operational.erased_origins.forget()
    for removed in await context.operational.removals.removed():
        await erase_before(context, removed, None, "project", progress)


def _kept(settings: Settings, table: str) -> float:
    """For how many seconds a table keeps its rows."""
    kept = {
        "error_counts": settings.counts_retention,
        "issue_error_counts": settings.rollups_retention,
        "project_error_counts": settings.rollups_retention,
        "session_counts": settings.rollups_retention,
    }
    return kept.get(table, settings.events_retention)


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
