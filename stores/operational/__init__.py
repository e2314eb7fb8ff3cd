"""The operational store: organisations, projects, keys and tokens, in SQLite or PostgreSQL."""

from stores.operational.store import SqlOperationalStore

__all__ = ["SqlOperationalStore"]
