"""How the tables lie: on one server, or replicated and sharded over a cluster.

The migrations are written once, for one server. For a cluster each table ``t`` becomes two: ``t_local``, of which every shard
holds a part and every replica of a shard a copy, and ``t``, which holds nothing and spreads what it is asked over the shards.
Queries and inserts name ``t`` in both layouts.

No replicated server could be run where this was written. Every statement is parsed by the engine, and the tables and queries
are run on a cluster of one shard, without replication and ``ON CLUSTER`` (``tests/stores/test_clickhouse_cluster.py``).
"""

import re
from dataclasses import dataclass

#: What decides the shard of a row. Rows of one identity must meet on one shard, where merges keep one of them.
_SHARDED_BY = {
    "events": "issue_id",
    "issues": "issue_id",
    "error_counts": "issue_id",
    "issue_error_counts": "issue_id",
    "project_error_counts": "opened",
    "session_counts": "opened",
    "outcomes": "id",
}

#: Blocks that a table remembers to recognise a retry, and where.
_SINGLE_WINDOW = re.compile(r"\bnon_replicated_deduplication_window = \d+")
_REPLICATED_WINDOW = "replicated_deduplication_window = 10000"

_CREATE = re.compile(r"CREATE TABLE IF NOT EXISTS (?P<table>\w+)(?P<columns>.*?)\bENGINE = ", re.DOTALL)
_ENGINE = re.compile(r"(?P<engine>\w*MergeTree)(?:\((?P<arguments>[^()]*)\))?")
_ALTER = re.compile(r"ALTER TABLE (?P<table>\w+)")
#: Of what a table is made of, the part that the table over the shards has too.
_COLUMN_CHANGE = re.compile(r"\b(?:ADD|MODIFY|DROP) COLUMN\b")


@dataclass(frozen=True)
class Layout:
    """One server, or a cluster by its name in ClickHouse's ``remote_servers`` (or a macro in braces, ``{cluster}``)."""

    cluster: str = ""

    def render(self, statement: str) -> list[str]:
        """The statements that do what a statement of a migration says.

        Raises:
            ValueError: a cluster would not know what to do with the statement.
        """
        if not self.cluster:
            return [statement]
        if match := _CREATE.match(statement):
            return self._create(match, statement[match.end() :])
        if match := _ALTER.match(statement):
            return self._alter(match["table"], statement[match.end() :])
        raise ValueError(
            f"only CREATE TABLE IF NOT EXISTS and ALTER TABLE run on a cluster, not: {statement[:80]}"
        )

    def local(self, table: str) -> str:
        """The table of one server that holds a table's rows."""
        return f"{table}_local" if self.cluster and table in _SHARDED_BY else table

    def create_database(self, database: str) -> str:
        """The statement that makes the database where it is missing."""
        return f"CREATE DATABASE IF NOT EXISTS `{database}`{self._on_cluster}"

    def drop_partition(self, table: str, partition: int) -> str:
        """The statement that drops a partition of a table, on every shard."""
        return f"ALTER TABLE {self.local(table)}{self._on_cluster} DROP PARTITION {partition}"

    def delete(self, table: str, condition: str) -> str:
        """The statement that deletes rows of a table, on every shard, and returns once they are gone from every replica. Of
        one that is away it says so (UNFINISHED), and deletes there when it is back. From the table over the shards nothing can
        be deleted."""
        waits = " SETTINGS lightweight_deletes_sync = 2" if self.cluster else ""
        return f"DELETE FROM {self.local(table)}{self._on_cluster} WHERE {condition}{waits}"

    def catch_up(self, table: str) -> list[str]:
        """The statements that return once every replica has all rows that any of them has: a majority acknowledges an insert,
        and a query asks one replica of a shard."""
        return (
            [f"SYSTEM SYNC REPLICA{self._on_cluster} {self.local(table)} LIGHTWEIGHT"] if self.cluster else []
        )

    def every_copy(self, table: str) -> str:
        """What to select from to see the rows of every replica that can be reached.

        A row may come more than once. A replica lags behind the others, and only all of them together are sure to hold every
        row that was acknowledged.
        """
        if not self.cluster:
            return table
        return f"clusterAllReplicas('{self.cluster}', currentDatabase(), {self.local(table)})"

    def system_table(self, name: str) -> str:
        """What to select from to see a table of ``system`` on every server that can be reached."""
        return f"clusterAllReplicas('{self.cluster}', system.{name})" if self.cluster else f"system.{name}"

    @property
    def reachable(self) -> str:
        """The end of a query of ``every_copy`` or ``system_table``: servers that are away are left out."""
        return " SETTINGS skip_unavailable_shards = 1" if self.cluster else ""

    @property
    def insert_settings(self) -> dict[str, int | str]:
        """Settings of inserts: acknowledged once a majority of the shard's replicas has the rows, so that the loss of one
        server loses none. Rows are handed to their shards before the insert returns: left to be sent later, a refusal would
        reach nobody."""
        return {"insert_quorum": "auto", "distributed_foreground_insert": 1} if self.cluster else {}

    @property
    def insert_select_settings(self) -> str:
        """What follows the columns of an ``INSERT INTO … SELECT``: as ``insert_settings``, and each row goes to the shard that
        it belongs to. Left to itself a cluster keeps it on the shard from which it was selected."""
        settings = "insert_quorum = 'auto', distributed_foreground_insert = 1, parallel_distributed_insert_select = 0"
        return f" SETTINGS {settings}" if self.cluster else ""

    @property
    def _on_cluster(self) -> str:
        return f" ON CLUSTER '{self.cluster}'" if self.cluster else ""

    def _create(self, match: re.Match[str], rest: str) -> list[str]:
        table = match["table"]
        local = self.local(table)
        engine = _ENGINE.match(rest)
        if engine is None:
            raise ValueError(f"table {table} cannot be replicated: its engine is none of MergeTree's family")
        # A table without a sharding key is small, and every server holds the whole of it.
        place = (
            (f"/clickhouse/tables/{{shard}}/{{database}}/{local}", "{replica}")
            if table in _SHARDED_BY
            else (f"/clickhouse/tables/{{database}}/{local}", "{shard}-{replica}")
        )
        arguments = [*(f"'{part}'" for part in place), *filter(None, [engine["arguments"]])]
        settings = _SINGLE_WINDOW.sub(_REPLICATED_WINDOW, rest[engine.end() :])
        statements = [
            f"CREATE TABLE IF NOT EXISTS {local}{self._on_cluster}{match['columns']}"
            f"ENGINE = Replicated{engine['engine']}({', '.join(arguments)}){settings}"
        ]
        if table in _SHARDED_BY:
            statements.append(
                f"CREATE TABLE IF NOT EXISTS {table}{self._on_cluster} AS {local}\n"
                f"ENGINE = Distributed('{self.cluster}', currentDatabase(), {local}, cityHash64({_SHARDED_BY[table]}))"
            )
        return statements

    def _alter(self, table: str, rest: str) -> list[str]:
        tables = [self.local(table)]
        if tables != [table] and _COLUMN_CHANGE.search(rest):
            tables.append(table)
        return [f"ALTER TABLE {name}{self._on_cluster}{rest}" for name in tables]
