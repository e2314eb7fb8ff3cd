"""Opens what the embedded mode runs on: the log, the stores, and the folders that they live in."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from embedded.log import Log, TopicConfig
from settings import Settings
from stores.archive.folder import FolderArchive
from stores.events.chdb import ChdbStore
from stores.operational import SqlOperationalStore
from stores.ports import AnalyticalStore, Archive, OperationalStore
from topics import all_topics


@dataclass(frozen=True)
class Context:
    """The log and the stores, open."""

    settings: Settings
    log: Log
    log_path: Path
    events: AnalyticalStore
    archive: Archive
    operational: OperationalStore

    async def close(self) -> None:
        """Close all of them."""
        await self.events.close()
        await self.operational.close()
        await self.log.close()


async def open_context(settings: Settings) -> Context:
    """Open everything in the data folder, which is made if need be, and bring it to the current schema.

    Raises:
        LogLocked: another process uses the folder.
        StoreError: a store could not be opened.
    """
    data = settings.data.resolve()
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    log_path = data / "log"
    log = Log.shared(
        log_path,
        linger=settings.log_linger,
        fsync=settings.log_fsync,
        segment_bytes=settings.log_segment_bytes,
        maintenance_interval=settings.log_maintenance_interval,
    )
    await log.start()
    create_topics(log, settings)
    events = ChdbStore(data / "clickhouse")
    operational = SqlOperationalStore(f"sqlite+aiosqlite:///{data / 'operational.sqlite3'}")
    await asyncio.gather(events.migrate(), operational.migrate())
    return Context(settings, log, log_path, events, FolderArchive(data / "archive"), operational)


def create_topics(log: Log, settings: Settings) -> None:
    """Make the declared topics that are missing."""
    for name, retention in all_topics().items():
        config = TopicConfig(retention=retention, retention_bytes=settings.log_retention_bytes or None)
        log.create_topic(name, settings.partitions, config)
