"""Opens what the cluster mode runs on: Kafka, and the servers that the settings name."""

from typing import Any

from cluster.driver import BROKER
from cluster.log import KafkaLog
from faust_app import STAGES
from runtime.context import Context
from settings import SettingError, Settings
from stores.archive.s3 import S3Archive
from stores.artifacts.s3 import S3Artifacts
from stores.events.clickhouse import ClickHouseStore
from stores.keys.announcing import AnnouncingStore
from stores.keys.shared import SharedKeys
from stores.operational import SqlOperationalStore
from stores.redis_client import RedisClient
from stores.search.opensearch.store import OpenSearchStore
from stores.vault import Vault, keys_of


class NotConfigured:
    """Stands for a store that the settings do not name, and says so when it is used: no process needs all of them."""

    def __init__(self, setting: str) -> None:
        self._setting = setting

    def __getattr__(self, name: str) -> Any:
        raise SettingError(f"STACKTIDE_{self._setting.upper()} is not set, and is needed for this.")

    async def close(self) -> None:
        """There is nothing to close."""


def open_context(
    settings: Settings, stages: tuple[str, ...] = STAGES, client_id: str = "stacktide"
) -> Context:
    """What the settings name. Connections are made when they are first needed.

    Raises:
        SettingError: Kafka is not set, or an address cannot be understood.
    """
    log = KafkaLog(settings, client_id)
    events: Any = NotConfigured("clickhouse_url")
    if settings.clickhouse_url:
        events = ClickHouseStore(settings.clickhouse_url, settings.clickhouse_cluster)
    archive: Any = S3Archive(settings) if settings.s3_bucket else NotConfigured("s3_bucket")
    search: Any = NotConfigured("opensearch_url")
    if settings.opensearch_url:
        search = OpenSearchStore(
            settings.opensearch_url, settings.opensearch_shards, settings.opensearch_replicas
        )
    artifacts = S3Artifacts(settings, settings.s3_artifacts_bucket) if settings.s3_artifacts_bucket else None
    operational, redis = _operational(settings)

    async def close() -> None:
        for store in (events, archive, artifacts, search, operational, redis, log):
            if store is not None:
                await store.close()

    return Context(
        settings=settings,
        broker=BROKER,
        partitions=settings.partitions,
        stages=stages,
        log=log,
        events=events,
        archive=archive,
        search=search,
        search_sink=search,
        operational=operational,
        artifacts=artifacts,
        close=close,
    )


def _operational(settings: Settings) -> tuple[Any, RedisClient | None]:
    """The operational store, which tells the edges of changed keys by Redis where there is one."""
    if not settings.database_url:
        return NotConfigured("database_url"), None
    vault = Vault(keys_of(settings.secret_key))
    if not settings.redis_url:
        return SqlOperationalStore(settings.database_url, pool=settings.database_pool, vault=vault), None
    redis = SharedKeys.client(settings.redis_url)
    return AnnouncingStore(settings.database_url, SharedKeys(redis), settings.database_pool, vault), redis
