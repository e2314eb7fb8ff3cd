"""A process that runs the counting app and says each hundred records that it counted, until it is killed."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from running_apps import RAW, make_app, running

from telemetry import configure_logging


async def main(folder: Path) -> None:
    app = make_app(folder, "counter", store="rocksdb://?driver=rocksdict")
    table = app.Table("counts", default=int, partitions=2)
    counted = 0

    @app.agent(app.topic("source", **RAW))
    async def count(stream: Any) -> None:
        nonlocal counted
        async for event in stream.events():
            table[event.key.decode()] += 1
            counted += 1
            if counted % 100 == 0:
                print(counted, flush=True)
                await asyncio.sleep(0.01)

    async with running(app):
        print("running", flush=True)
        await asyncio.sleep(3600)


if __name__ == "__main__":
    configure_logging("warning")
    asyncio.run(main(Path(sys.argv[1])))
