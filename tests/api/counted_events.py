"""Events as they come to be counted: folded by the real step, published with repeats, stored by the sink's own encoder."""

import random
from collections.abc import Iterable
from typing import Any, NamedTuple

from event_factory import START, hex_id

from agents.count.step import CountRow, buckets_of, count, error_count
from agents.event_view import EventView, FingerprintedView, GroupingView
from agents.sinks.clickhouse.encode import (
    COUNT_COLUMNS,
    ISSUE_COUNT_COLUMNS,
    PROJECT_COUNT_COLUMNS,
    count_row,
    issue_count_row,
    project_count_row,
)
from schemas.headers import Position
from schemas.records import ROLLUP_WIDTH, ErrorCount
from schemas.users import user_hash
from stores.ports import AnalyticalStore

PARTITIONS = 3


class Happened(NamedTuple):
    """What counts of an event. ``at`` is in Unix seconds."""

    at: float
    issue: str
    environment: str
    release: str
    level: str
    user: str


def some_events(number: int, start: float, span: float, seed: int = 1) -> list[Happened]:
    """Events at random times, in no order."""
    chosen = random.Random(seed)
    return [
        Happened(
            start + chosen.random() * span,
            chosen.choice("aab"),
            chosen.choice(("production", "staging")),
            chosen.choice(("1", "2", "2", "")),
            chosen.choice(("error", "fatal")),
            f"id:{chosen.randrange(number // 3 + 1)}" if chosen.random() < 0.8 else "",
        )
        for _ in range(number)
    ]


def published(events: Iterable[Happened], seed: int = 1) -> list[ErrorCount]:
    """What the agent publishes of them: totals as they grow, some left out between two, some twice, all shuffled."""
    chosen = random.Random(seed)
    rows: dict[tuple[int, bytes], CountRow] = {}
    users: dict[tuple[int, bytes], set[int]] = {}
    totals: dict[tuple[int, bytes], list[ErrorCount]] = {}
    for offset, event in enumerate(events):
        partition = chosen.randrange(PARTITIONS)
        for bucket in buckets_of(_view(event), 10):
            known = partition, bucket.key
            if chosen.random() < 0.05:
                rows.pop(known, None)  # forgotten, so that a further total begins
            rows[known] = count(rows.get(known), Position(partition, 1, offset))
            seen = users.setdefault(known, set())
            if event.user:
                seen.add(user_hash(event.user))
            totals.setdefault(known, []).append(error_count(bucket, partition, rows[known], seen))
            if chosen.random() < 0.7:
                users[known] = set()
    records = []
    for grown in totals.values():
        previous: ErrorCount | None = None
        for total in grown:
            # One that brings no users and is outgrown by the next may have been part of the same batch.
            if previous is not None and not (previous.users == () and previous.opened == total.opened):
                records.append(previous)
            previous = total
        records.append(grown[-1])
    records += chosen.choices(records, k=len(records) // 5)
    chosen.shuffle(records)
    return records


def _view(event: Happened) -> FingerprintedView:
    view = EventView("e", event.at, "python", event.level, event.release or None, event.environment)
    return FingerprintedView(1, hex_id(event.issue), event.at, view, GroupingView("t", "c"))


async def store_counts(store: AnalyticalStore, records: Iterable[ErrorCount]) -> None:
    """Insert published totals into their tables."""
    rows: dict[str, list[Any]] = {"error_counts": [], "issue_error_counts": [], "project_error_counts": []}
    for record in records:
        if record.width != ROLLUP_WIDTH:
            rows["error_counts"].append(count_row(record))
        elif record.issue_id:
            rows["issue_error_counts"].append(issue_count_row(record))
        else:
            rows["project_error_counts"].append(project_count_row(record))
    columns = COUNT_COLUMNS, ISSUE_COUNT_COLUMNS, PROJECT_COUNT_COLUMNS
    for (table, of_table), names in zip(rows.items(), columns, strict=True):
        await store.insert(table, names, of_table)


__all__ = ["PARTITIONS", "START", "Happened", "published", "some_events", "store_counts"]
