"""How long error-rates takes over 30 days of 50 million events, on the embedded ClickHouse.

    python -m benchmarks.rates

The events themselves are not made: what is stored of them as counts is, as the agents would leave it. 50 million events in 30
days are 17,361 in a quarter of an hour. They fall on three releases that live at a time (a new one every three days, 12 in
all), two environments and three levels, 18 combinations, and on four partitions: 207,360 totals of all issues. Each was
published four times, at a quarter, a half, three quarters and all of its 241 events, in inserts of their own, with the hashes
of as many users, drawn from a million. And on 2,000 issues, of which each is in one partition and one in three is active in
a quarter of an hour, in three combinations: 5.8 million totals by issue, published once.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from api.queries.rates import error_rates
from api.queries.selection import Selection
from api.queries.windows import DAY, Windows
from stores.errors import StoreError
from stores.events.chdb import ChdbStore

DAYS = 30
EVENTS = 50_000_000
_QUARTERS = DAYS * 96
_COMBINATIONS = 18
_PARTITIONS = 4
_IN_TOTAL = EVENTS // (_QUARTERS * _COMBINATIONS * _PARTITIONS)
_PARTS = 4
_START = 1_790_000_000 // DAY * DAY
_REPEATS = 15

#: Of one day: a row for each quarter, combination and partition.
_PROJECT_ROWS = """
INSERT INTO project_error_counts (project, bucket, environment, release, level, partition, opened, total, seen_users)
SELECT 1, toDateTime({start} + intDiv(number, 72) * 900, 'UTC'),
    ['production', 'staging'][1 + intDiv(number, 4) % 2],
    'shop@1.' || toString(intDiv({day}, 3) + intDiv(number, 24) % 3),
    ['error', 'warning', 'fatal'][1 + intDiv(number, 8) % 3],
    number % 4, '0:1:' || toString({day} * 100000 + number), intDiv({in_total} * {part}, {parts}),
    arrayMap(i -> cityHash64(number, {day}, {part}, i) % 1000000, range(intDiv({in_total}, {parts})))
FROM numbers(96 * 72)
"""

#: Of one day: a row for each quarter and active issue, in three combinations.
_ISSUE_ROWS = """
INSERT INTO issue_error_counts (project, issue_id, bucket, environment, release, level, partition, opened, total, seen_users)
SELECT 1, lower(hex(MD5(toString(issue)))), toDateTime({start} + quarter * 900, 'UTC'),
    ['production', 'staging'][1 + combination % 2], 'shop@1.' || toString(intDiv({day}, 3) + combination),
    'error', issue % 4, toString(issue % 4) || ':1:' || toString(quarter), 9,
    arrayMap(i -> cityHash64(issue, quarter, combination, {day}, i) % 1000000, range(9))
FROM
(
    SELECT intDiv(number, 2001) AS quarter, intDiv(number % 2001, 3) * 3 + quarter % 3 AS issue, number % 3 AS combination
    FROM numbers(96 * 2001)
)
"""


def main() -> None:
    """Make the counts, ask, print."""
    with tempfile.TemporaryDirectory(prefix="stacktide-bench-") as folder:
        asyncio.run(_run(Path(folder)))


async def _run(folder: Path) -> None:
    store = ChdbStore(folder)
    await store.migrate()
    started = time.perf_counter()
    for day in range(DAYS):
        values = {"day": day, "start": _START + day * DAY, "in_total": _IN_TOTAL, "parts": _PARTS}
        for part in range(1, _PARTS + 1):
            await store.command(_PROJECT_ROWS.format(**values, part=part))
        await store.command(_ISSUE_ROWS.format(**values))
    for table in ("project_error_counts", "issue_error_counts"):
        rows = await store.query(
            "SELECT count() AS parts, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts"
            f" WHERE active AND database = currentDatabase() AND table = '{table}'"
        )
        print(table, rows[0])
    print(f"made in {time.perf_counter() - started:.0f} s; load {os.getloadavg()[0]:.1f}")
    for name, ask in _questions().items():
        await store.close()
        _forget(folder)
        store = ChdbStore(folder)
        await store.query("SELECT 1")
        cold = await _timed(ask, store)
        warm = [await _timed(ask, store) for _ in range(_REPEATS)]
        print(
            f"{name}: cold {cold.wall:.0f} ms, warm median {statistics.median(one.wall for one in warm):.0f} ms,"
            f" slowest of {_REPEATS} {max(one.wall for one in warm):.0f} ms, CPU time"
            f" {statistics.median(one.cpu for one in warm):.0f} ms; {cold.size:,} bytes; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    await store.close()


def _questions() -> dict[str, Callable[[ChdbStore], Awaitable[bytes]]]:
    end = _START + DAYS * DAY

    def question(
        measure: str, step: int, group_by: list[str], issue: str = "", start: int = _START, **more: Any
    ) -> Callable[[ChdbStore], Awaitable[bytes]]:
        filters = {"issue_id": [issue] if issue else []}

        async def ask(store: ChdbStore) -> bytes:
            windows = Windows.over(start, end, step, step)
            rates = await error_rates(store, measure, Selection(1, filters, group_by, 50), windows, **more)
            return msgspec.json.encode(rates)

        return ask

    hour = 3600
    return {
        "errors by release, 1 h, 30 days": question("count", hour, ["release"]),
        "errors by release, 1 h, 15 days, compared": question(
            "count", hour, ["release"], start=_START + 15 * DAY, compare=True
        ),
        "errors by release, environment and level, 1 h, 30 days": question(
            "count", hour, ["release", "environment", "level"]
        ),
        "errors of one issue, 1 h, 30 days": question("count", hour, [], "c4ca4238a0b923820dcc509a6f75849b"),
        "errors by issue, 1 d, 30 days": question("count", DAY, ["issue"]),
        "users by release, 1 h, 30 days": question("users", hour, ["release"]),
        "users by release, 1 d, 30 days": question("users", DAY, ["release"]),
    }


class Timed(NamedTuple):
    """Milliseconds by the clock and of all threads, and bytes of the answer."""

    wall: float
    cpu: float
    size: int


async def _timed(ask: Callable[[ChdbStore], Awaitable[bytes]], store: ChdbStore) -> Timed:
    started, busy = time.perf_counter(), time.process_time()
    try:
        answer = await ask(store)
    except StoreError as error:
        answer = b""
        print(f"no answer: {str(error)[:150]}")
    return Timed(1000 * (time.perf_counter() - started), 1000 * (time.process_time() - busy), len(answer))


def _forget(folder: Path) -> None:
    """Have the system forget what it holds of the files in memory."""
    os.sync()
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    main()
