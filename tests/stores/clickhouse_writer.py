"""Inserts blocks of events without end, and says of each on standard output that it is stored. Killed by its test."""

import asyncio
import sys
from pathlib import Path

from event_factory import START, make_record, store_events

from stores.events.chdb import ChdbStore

BLOCK = 20


async def main(folder: str, first: int) -> None:
    """``first`` is the serial number of the first event."""
    store = ChdbStore(Path(folder))
    await store.migrate()
    for serial in range(first, 1_000_000, BLOCK):
        # Two days in each block, so that a block is two parts.
        records = [
            make_record(n, issue=n % 3, at=START + n, received=START - n % 2 * 86_400)
            for n in range(serial, serial + BLOCK)
        ]
        await store_events(store, records)
        print("stored", serial + BLOCK, flush=True)


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
