"""Starts stock Faust apps on an embedded log."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import faust

from agents.table_manager import PromptTableManager
from embedded.log import Log
from stores.ports import LogRecord

RAW = {"key_serializer": "raw", "value_serializer": "raw"}


def make_app(folder: Path, name: str, **options: Any) -> faust.App:
    """A stock app on the log in ``folder/log``."""
    return faust.App(
        name,
        **{
            "broker": f"embedded://{folder}/log",
            "datadir": folder / f"data-{name}",
            "topic_partitions": 2,
            "broker_commit_interval": 0.05,
            "stream_wait_empty": False,
            "topic_disable_leader": True,
            "web_enabled": False,
            "autodiscover": False,
            "TableManager": PromptTableManager,
            **options,
        },
    )


@asynccontextmanager
async def running(*apps: faust.App) -> AsyncIterator[None]:
    """Started apps that have their partitions and tables, stopped at the end."""
    try:
        for app in apps:
            await app.start()
        await until(lambda: all(app.tables.actives_ready and not app.rebalancing for app in apps))
        yield
    finally:
        for app in apps:
            await app.stop()


async def until(condition: Callable[[], Any], seconds: float = 10.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def shared_log(folder: Path) -> AsyncIterator[Log]:
    """The log that the apps use, from beside them."""
    log = Log.shared(folder / "log", fsync=False, maintenance_interval=3600.0, segment_bytes=20_000)
    await log.start()
    try:
        yield log
    finally:
        await log.close()


async def committed(log: Log, group: str, topic: str) -> int:
    """Records of a topic that a group has committed, all partitions together."""
    return sum(offset for (name, _), offset in (await log.committed(group)).items() if name == topic)


async def until_committed(log: Log, group: str, topic: str, count: int) -> None:
    """Wait until a group has committed so many records."""
    async with asyncio.timeout(10.0):
        while await committed(log, group, topic) < count:
            await asyncio.sleep(0.01)


def numbered(count: int, keys: int = 7) -> list[LogRecord]:
    """Records with numbers for values."""
    return [LogRecord(b"k%d" % (n % keys), b"%d" % n, []) for n in range(count)]
