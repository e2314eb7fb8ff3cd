"""Opens a folder that a writer was killed over, and prints as JSON what is in it."""

import asyncio
import json
import sys
from pathlib import Path

from event_factory import GENERATION

from stores.events.chdb import ChdbStore
from stores.events.watermarks import stored_offsets

COUNTS = (
    "SELECT replaceAll(toString(issue), '-', '') AS issue_id, count"
    " FROM (SELECT toUUIDOrZero(issue_id) AS issue, count() AS count FROM events GROUP BY issue)"
    " ORDER BY issue_id SETTINGS "
)


async def main(folder: str) -> None:
    store = ChdbStore(Path(folder))
    await store.migrate()
    offsets = await stored_offsets(store, "events", 0, GENERATION, 0)
    projected = await store.query(COUNTS + "force_optimize_projection_name = 'days_of_issues'")
    counted = await store.query(COUNTS + "optimize_use_projections = 0")
    rows = await store.query("SELECT count() AS n FROM events")
    await store.close()
    print(
        json.dumps(
            {"offsets": sorted(offsets), "projected": projected, "counted": counted, "rows": rows[0]["n"]}
        )
    )


asyncio.run(main(sys.argv[1]))
