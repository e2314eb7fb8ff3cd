"""Reconciles what came in with what became of it, and the stores with each other.

Every check compares figures of independent sources: the log's offsets, the outcomes, the events, the counts, the archive.
They can only agree once nothing is in flight, so the doctor first waits for the agents to catch up.
"""

import asyncio
import shutil
import time
from typing import Any

from runtime.context import Context
from runtime.lag import measure
from runtime.operation import operation
from runtime.quarantine import waiting_offsets
from topics import consumed_topics

_LEAST_FREE = 1024**3
_FUTURE = 60.0
_DAY = 86_400
#: Tables of counts, with what more their identity has than the others'.
_COUNTED_BY = {"error_counts": "issue_id, ", "issue_error_counts": "issue_id, ", "project_error_counts": ""}


@operation
async def doctor(context: Context, wait: float = 20.0) -> list[dict[str, Any]]:
    """One row a check: name, whether it is well, and a sentence with the figures. Waits up to ``wait`` seconds for lag."""
    lag = await _wait_for_lag(context, wait)
    checks = [_check("lag", not lag, _lag_sentence(lag)), await _check_dlq(context)]
    checks += await _check_outcomes(context)
    checks += await _check_stores(context)
    checks.append(await _check_clock(context))
    # In a cluster the stores' disks are their servers' matter.
    return checks if context.search_sink else [*checks, _check_disk(context)]


def _check(name: str, well: bool, sentence: str) -> dict[str, Any]:
    return {"check": name, "well": well, "detail": sentence}


async def _wait_for_lag(context: Context, wait: float) -> dict[str, int]:
    deadline = time.monotonic() + wait
    while True:
        lag = {agent: behind for agent, (_, _, behind) in (await measure(context)).items() if behind}
        if not lag or time.monotonic() >= deadline:
            return lag
        await asyncio.sleep(0.2)


def _lag_sentence(lag: dict[str, int]) -> str:
    if not lag:
        return "every agent has caught up"
    return ", ".join(f"{agent} is {behind} records behind" for agent, behind in lag.items())


async def _check_dlq(context: Context) -> dict[str, Any]:
    waiting = {topic: await _waiting(context, topic) for topic in consumed_topics()}
    full = {topic: count for topic, count in waiting.items() if count}
    if not full:
        return _check("dlq", True, "no record is quarantined")
    listed = ", ".join(f"{count} from {topic}" for topic, count in full.items())
    return _check("dlq", False, f"quarantined: {listed}; look with `stacktide dlq list`")


async def _waiting(context: Context, topic: str) -> int:
    return sum(end - first for first, end in (await waiting_offsets(context, topic)).values())


async def _check_outcomes(context: Context) -> list[dict[str, Any]]:
    """Each record kept on events-received has exactly one outcome, is quarantined, or is on its way."""
    offsets = await context.log.offsets("events-received")
    generation = await context.log.generation("events-received")
    received = sum(end - first for first, end in offsets.values())
    rows = await context.events.query(
        """
        SELECT partition, uniqExact(offset) AS ended
        FROM (
            SELECT DISTINCT
                toUInt32(splitByChar(':', id)[1]) AS partition, toUInt64(splitByChar(':', id)[3]) AS offset
            FROM outcomes
            WHERE match(id, '^[0-9]+:[0-9]+:[0-9]+$') AND toUInt64(splitByChar(':', id)[2]) = {generation:UInt64}
        )
        WHERE offset >= {first:Array(UInt64)}[partition + 1]
        GROUP BY partition
        """,
        {"generation": generation, "first": [offsets[partition][0] for partition in sorted(offsets)]},
    )
    ended = sum(row["ended"] for row in rows)
    quarantined = await _waiting(context, "events-received") + await _waiting(context, "events-deduplicated")
    sentence = f"{received} received = {ended} with an outcome + {quarantined} quarantined"
    well = received == ended + quarantined
    return [_check("outcomes", well, sentence if well else sentence.replace(" = ", " but "))]


async def _check_stores(context: Context) -> list[dict[str, Any]]:
    accepted = await _one(
        context, "SELECT count() FROM outcomes FINAL WHERE outcome = 'accepted' AND position(id, ':') > 0"
    )
    erased = await _one(context, "SELECT count() FROM outcomes FINAL WHERE outcome = 'erased'")
    events = await _one(context, "SELECT count() FROM events")
    distinct = await _distinct(context)
    since = _counts_since(context, time.time())
    dated = await _one(context, f"SELECT count() FROM events WHERE timestamp >= toDateTime({since}, 'UTC')")
    counted = {table: await _counted(context, table, since) for table in _COUNTED_BY}
    some_quarantined = await _waiting(context, "events-fingerprinted") > 0
    archived = 0
    async for name in context.archive.list():
        archived += name.count
    checks = [
        _check(
            "events",
            accepted == events + erased or some_quarantined,
            f"{accepted} accepted, {events} in ClickHouse" + (f", {erased} erased" if erased else ""),
        ),
        _check("repeats", events == distinct, f"{events - distinct} events stored twice"),
        _check(
            "counts",
            # Counts stay when an event is erased by request, and go with a whole project.
            all(dated <= count <= dated + erased for count in counted.values()) or some_quarantined,
            f"{dated} events, which add up to "
            + ", ".join(f"{n} in {table}" for table, n in counted.items()),
        ),
        _check(
            "archive",
            events == archived or some_quarantined,
            f"{events} events, {archived} archived payloads",
        ),
    ]
    if context.search_sink is not None:
        found = await context.search_sink.count()
        checks.append(
            _check("search", events == found or some_quarantined, f"{events} events, {found} in OpenSearch")
        )
    return checks


def _counts_since(context: Context, now: float) -> int:
    """From when on both the events and their counts are kept for certain, by the events' own time: a whole day."""
    settings = context.settings
    kept = min(settings.events_retention, settings.counts_retention, settings.rollups_retention)
    return max(0, int((now - kept) // _DAY + 1) * _DAY)


async def _counted(context: Context, table: str, since: int) -> int:
    """What the latest totals of a table add up to, by buckets that begin at ``since`` (Unix seconds) or later."""
    return await _one(
        context,
        f"SELECT sum(latest) FROM (SELECT max(total) AS latest FROM {table} WHERE bucket >= toDateTime({since}, 'UTC')"
        f" GROUP BY project, bucket, {_COUNTED_BY[table]}environment, release, level, partition, opened)",
    )


async def _distinct(context: Context) -> int:
    """Different origins among the events; day by day and partition by partition, so that each query's memory is bounded."""
    parts = await context.events.query(
        "SELECT DISTINCT toYYYYMMDD(received) AS day, origin_partition FROM events"
    )
    total = 0
    for part in parts:
        rows = await context.events.query(
            "SELECT uniqExact((origin_generation, origin_offset)) AS origins FROM events"
            " WHERE toYYYYMMDD(received) = {day:UInt32} AND origin_partition = {partition:UInt16}",
            {"day": part["day"], "partition": part["origin_partition"]},
        )
        total += rows[0]["origins"]
    return total


async def _one(context: Context, sql: str) -> int:
    rows = await context.events.query(sql)
    return int(next(iter(rows[0].values())) or 0)


def _check_disk(context: Context) -> dict[str, Any]:
    usage = shutil.disk_usage(context.settings.data)
    free = f"{usage.free / 1024**3:.1f} GiB free of {usage.total / 1024**3:.1f}"
    return _check(
        "disk", usage.free >= _LEAST_FREE, free + ("" if usage.free >= _LEAST_FREE else ": too little")
    )


async def _check_clock(context: Context) -> dict[str, Any]:
    """A record from the future says that this machine's clock has been set back."""
    newest = 0.0
    for partition, (_, end) in (await context.log.offsets("events-received")).items():
        if end and (last := await context.log.read("events-received", partition, end - 1, 1)):
            newest = max(newest, last[0].timestamp)
    ahead = newest - time.time()
    if ahead > _FUTURE:
        return _check(
            "clock", False, f"the newest record is {ahead:.0f} s in the future: was the clock set back?"
        )
    return _check("clock", True, "no record is from the future")
