"""A pytest plugin: the store that tests share has the tables of a cluster, of one shard.

So the tables over the shards, and every query and insert that goes through them, are run, but not replication, ``ON CLUSTER``
and rows that come together from several shards: these need several servers. ``test_clickhouse_cluster.py`` runs other tests
with it.
"""

import re
from pathlib import Path

from stores.events import chdb
from stores.events.layout import Layout

#: With the engine's own port in its configuration it takes this replica for itself.
_CONFIG = """
<clickhouse><tcp_port>9000</tcp_port><remote_servers><main><shard>
<internal_replication>true</internal_replication><replica><host>localhost</host><port>9000</port></replica>
</shard></main></remote_servers></clickhouse>
"""
_ON_CLUSTER = " ON CLUSTER 'main'"
#: One server has nothing to catch up with.
_CATCH_UP = re.compile(r"SYSTEM SYNC REPLICA \w+ LIGHTWEIGHT")
_REPLICATED = re.compile(r"Replicated(\w*MergeTree)\('[^']*', '[^']*'(?:, (\w+))?\)")
#: What tests do to tables, which a table over shards does not do.
_OF_ROWS = re.compile(r"(TRUNCATE|OPTIMIZE) TABLE (\w+)")


class ClusteredStore(chdb.ChdbStore):
    """``ChdbStore`` with the tables of a cluster."""

    layout = Layout("main")

    def __init__(self, path: Path) -> None:
        configuration = path.with_name(f"{path.name}.xml")
        configuration.write_text(_CONFIG)
        chdb.ENGINE_OPTIONS["config-file"] = str(configuration)  # type: ignore[assignment]
        chdb._WRITER_SETTINGS.update(self.layout.insert_settings)
        super().__init__(path)

    async def migrate(self) -> None:
        """Make the tables, and see that they are a cluster's."""
        await super().migrate()
        engines = await self.query(
            "SELECT DISTINCT engine FROM system.tables"
            " WHERE database = currentDatabase() AND name IN ('events', 'outcomes')"
        )
        assert engines == [{"engine": "Distributed"}]

    async def command(self, sql: str) -> None:
        """A cluster's statement, as one server takes it."""
        statement = _REPLICATED.sub(r"\1(\2)", sql.replace(_ON_CLUSTER, ""))
        statement = _CATCH_UP.sub("SELECT 1 FORMAT Null", statement)
        statement = statement.replace(" replicated_deduplication", " non_replicated_deduplication")
        await super().command(
            _OF_ROWS.sub(lambda match: f"{match[1]} TABLE {self.layout.local(match[2])}", statement)
        )


# Before tests/conftest.py takes the class for the store that all tests share.
chdb.ChdbStore = ClusteredStore  # type: ignore[misc]
