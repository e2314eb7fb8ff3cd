"""A stand-in for a ClickHouse server: its engine behind its HTTP interface. See ``adapter``."""

from infra.servers.clickhouse.server import ClickHouse

__all__ = ["ClickHouse"]
