"""A process with the counting stage of ``tests/contract/stages.py``. It says when it is about to write, waits, and writes."""

import asyncio
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents import in_flight
from agents.table import Changes, StateTable
from tests.contract.stages import Bench, add_counter, on_kafka, running

#: Between reading the rows of a batch and writing them, in seconds.
PAUSE = 0.3


async def main(folder: Path, addresses: str, topic: str, group: str) -> None:
    bench = Bench(on_kafka(addresses, folder).log, folder, addresses, topic, group)
    app = bench.stage("zombie")
    write = StateTable.write

    async def slow_write(table: StateTable, changes: Mapping[int, Changes], batch: Any) -> None:
        print("writes", flush=True)
        await asyncio.sleep(PAUSE)
        await write(table, changes, batch)
        print("wrote", flush=True)

    # Its batch is to be written late rather than broken off.
    in_flight.GRACE = 60.0
    StateTable.write = slow_write  # type: ignore[method-assign]
    add_counter(app, topic, limit=20)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with running(app):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
