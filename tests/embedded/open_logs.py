"""Opens logs for tests, with settings under which everything happens soon."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from embedded.log import Log
from stores.ports import LogRecord, StoredRecord


@asynccontextmanager
async def open_log(folder: Path, **options: Any) -> AsyncIterator[Log]:
    """A started log, closed at the end. Maintenance runs only when asked for."""
    log = Log.open(folder, **{"maintenance_interval": 3600.0, "fsync": False, **options})
    await log.start()
    try:
        yield log
    finally:
        await log.close()


def records(*values: bytes | str, key: bytes | None = None) -> list[LogRecord]:
    """Records of one key."""
    return [LogRecord(key, value.encode() if isinstance(value, str) else value, []) for value in values]


def keyed(pairs: Iterable[tuple[str, str | None]]) -> list[LogRecord]:
    """Records of (key, value); a value of None is a tombstone."""
    return [LogRecord(key.encode(), None if value is None else value.encode(), []) for key, value in pairs]


async def read_all(log: Log, topic: str, partition: int = 0, limit: int = 1000) -> list[StoredRecord]:
    """All records of a partition, read from its start in pieces."""
    found: list[StoredRecord] = []
    offset = 0
    while batch := await log.read(topic, partition, offset, limit):
        found += batch
        offset = batch[-1].offset + 1
    return found


def values(found: list[StoredRecord]) -> list[str | None]:
    """The records' values as text."""
    return [None if record.value is None else record.value.decode() for record in found]
