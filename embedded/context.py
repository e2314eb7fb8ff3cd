"""Opens what the embedded mode runs on: the log, the stores, and the folders that they live in."""

import asyncio

from embedded.folder import secret_file
from embedded.log import Log
from faust_app import EMBEDDED_STAGES
from runtime.context import Context
from settings import Settings
from stores.archive.folder import FolderArchive
from stores.artifacts.folder import FolderArtifacts
from stores.events.chdb import ChdbStore
from stores.operational import SqlOperationalStore
from stores.search.clickhouse import ClickHouseSearch
from stores.vault import Vault, kept_key, keys_of
from topics import planned_topics

#: Partitions of each topic, unless the setting says otherwise.
PARTITIONS = 4


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
    log.retention_bytes = settings.log_retention_bytes or None
    partitions = settings.partitions or PARTITIONS
    await log.create_topics(planned_topics(partitions))
    events = ChdbStore(data / "clickhouse")
    vault = Vault(keys_of(settings.secret_key) or [kept_key(secret_file(data))])
    operational = SqlOperationalStore(f"sqlite+aiosqlite:///{data / 'operational.sqlite3'}", vault=vault)
    await asyncio.gather(events.migrate(), operational.migrate())
    # Nobody else can be sending: whoever did is gone.
    await operational.sending.forget_leases()

    async def close() -> None:
        await events.close()
        await operational.close()
        await log.close()

    return Context(
        settings=settings,
        broker=f"embedded://{log_path}",
        partitions=partitions,
        stages=EMBEDDED_STAGES,
        log=log,
        events=events,
        archive=FolderArchive(data / "archive"),
        search=ClickHouseSearch(events, settings.max_clock_skew),
        search_sink=None,
        operational=operational,
        artifacts=FolderArtifacts(data / "artifacts"),
        close=close,
    )
