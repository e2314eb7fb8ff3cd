"""``python edge_child.py``: an edge by ``run_edge``, each of its processes with an embedded log of its own for Kafka.

While the file ``away`` is in the data folder, that log is away.
"""

import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from edge_server import KEY, FlakyLog, run_log

from ingest.processes import Place
from ingest.serve import EdgeParts, run_edge
from settings import Settings
from stores.errors import StoreUnavailable
from stores.operational import SqlOperationalStore
from stores.operational.bootstrap import bootstrap
from stores.ports import LogRecord
from telemetry import configure_logging


class SometimesAway:
    """A log that is away while a file exists."""

    def __init__(self, log: FlakyLog, away: Path) -> None:
        self._log = log
        self._away = away

    async def send(self, topic: str, records: Sequence[LogRecord]) -> None:
        if self._away.exists():
            raise StoreUnavailable("away")
        await self._log.send(topic, records)


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[EdgeParts]:
    place = Place.of(os.environ)
    number = place.number if place else 0
    store = SqlOperationalStore(f"sqlite+aiosqlite:///{settings.data}/operational.sqlite3")
    await store.migrate()
    await bootstrap(store, settings)
    async with run_log(settings.data / f"log-{number}") as log:
        yield EdgeParts(SometimesAway(log, settings.data / "away"), store)
    await store.close()


if __name__ == "__main__":
    configure_logging("info", "json")
    os.environ["STACKTIDE_BOOTSTRAP_KEY"] = KEY
    run_edge(Settings.from_environment(), open_parts, [sys.executable, __file__])
