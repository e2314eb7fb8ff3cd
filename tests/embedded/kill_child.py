"""A process that appends to a log and says what was acknowledged, until it is killed."""

import asyncio
import sys
from itertools import count

from embedded.log import Log, TopicConfig
from stores.ports import LogRecord
from telemetry import configure_logging

PARTITIONS = 3


async def main(folder: str, round_: str) -> None:
    log = Log.open(folder, segment_bytes=20_000, maintenance_interval=0.02)
    await log.start()
    log.create_topic("events", PARTITIONS)
    log.create_topic("table", 1, TopicConfig(compact=True, delete=False))

    async def append(partition: int) -> None:
        for serial in count():
            value = f"{round_}-{partition}-{serial}".encode()
            offset = await log.append("events", partition, [LogRecord(None, value + b" " * 300, [])])
            print("event", partition, offset, value.decode(), flush=True)
            if serial % 5 == 0:
                await log.commit("group", {("events", partition): offset + 1})
                print("commit", partition, offset + 1, flush=True)

    async def change() -> None:
        for serial in count():
            key, value = f"k{serial % 7}", f"{round_}-{serial}"
            await log.send("table", [LogRecord(key.encode(), value.encode() + b" " * 300, [])])
            print("row", key, value, flush=True)

    await asyncio.gather(*(append(partition) for partition in range(PARTITIONS)), change())


if __name__ == "__main__":
    configure_logging()
    asyncio.run(main(sys.argv[1], sys.argv[2]))
