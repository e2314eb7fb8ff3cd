"""A process with the counting stage of ``tests/contract/stages.py``. It says when it is about to write, waits, and writes.

A stage that has written too late begins again, as ``runtime/stages.py`` has it.
"""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from agents import in_flight
from agents.table import Changes, StateTable
from stores.errors import LeaseExpired
from tests.contract.stages import Bench, add_counter, on_kafka, running

#: Between reading the rows of a batch and writing them, in seconds.
PAUSE = 0.3


async def main(folder: Path, addresses: str, topic: str, group: str) -> None:
    # The thread of the consumer logs too, and would do so in the middle of a line.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    bench = Bench(on_kafka(addresses, folder).log, folder, addresses, topic, group)
    write = StateTable.write

    async def slow_write(table: StateTable, changes: Mapping[int, Changes], batch: Any) -> None:
        print("writes", flush=True)
        await asyncio.sleep(PAUSE)
        try:
            await write(table, changes, batch)
        finally:
            print("wrote", flush=True)

    # Its batch is to be written late rather than broken off.
    in_flight.GRACE = 60.0
    StateTable.write = slow_write  # type: ignore[method-assign]
    while True:
        app = bench.stage("zombie")
        add_counter(app, topic, limit=20)
        try:
            async with running(app):
                await app.failure
        except AssertionError as failed:
            assert isinstance(failed.__cause__, LeaseExpired), failed.__cause__


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
