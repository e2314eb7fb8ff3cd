"""What every store holds at the end, beside what was acknowledged."""

import asyncio
import time
from collections import Counter
from typing import Any, NamedTuple

from opensearchpy import AsyncOpenSearch
from stored_totals import counted_by_issue, recorded_outcomes

from agents.sinks.archive.encode import decode_object
from runtime.context import Context
from runtime.lag import measure
from runtime.operations.dlq import waiting_offsets
from topics import consumed_topics

_INDEX = "stacktide-events-*"
_PAGE = 5000


class Reckoning(NamedTuple):
    """Event ids as each store has them, and figures that must agree."""

    clickhouse: "Counter[str]"
    opensearch: "Counter[str]"
    archive: "Counter[str]"
    outcomes: dict[str, int]
    received: int
    counted: dict[str, int]
    issues: dict[str, int]
    created: dict[str, int]
    quarantined: dict[str, int]


async def wait_until_settled(context: Context, timeout: float) -> float:
    """Until every stage has consumed everything; returns the seconds that it took.

    Raises:
        AssertionError: it did not happen in time.
    """
    started = time.monotonic()
    while lag := {agent: behind for agent, (_, _, behind) in (await measure(context)).items() if behind}:
        assert time.monotonic() - started < timeout, f"agents are still behind: {lag}"
        await asyncio.sleep(0.5)
    return time.monotonic() - started


async def reckon(context: Context) -> Reckoning:
    """Read everything back."""
    query = context.events.query
    events = await query("SELECT event_id, issue_id FROM events")
    outcomes: Counter[str] = Counter()
    for (_, outcome, _), quantity in (await recorded_outcomes(context.events)).items():
        outcomes[outcome] += quantity
    created = await query(
        "SELECT issue_id, count() AS n FROM issues FINAL WHERE change = 'created' GROUP BY issue_id"
    )
    received = await context.log.offsets("events-received")
    quarantined = {
        topic: sum(end - first for first, end in (await waiting_offsets(context, topic)).values())
        for topic in consumed_topics()
    }
    return Reckoning(
        clickhouse=Counter(row["event_id"] for row in events),
        opensearch=await _indexed(context.settings.opensearch_url),
        archive=await _archived(context),
        outcomes=dict(outcomes),
        received=sum(end - first for first, end in received.values()),
        counted=await counted_by_issue(context.events),
        issues=dict(Counter(row["issue_id"] for row in events)),
        created={row["issue_id"]: row["n"] for row in created},
        quarantined={topic: count for topic, count in quarantined.items() if count},
    )


async def _indexed(url: str) -> "Counter[str]":
    found: Counter[str] = Counter()
    async with AsyncOpenSearch(url) as client:
        await client.indices.refresh(index=_INDEX)
        after: list[Any] | None = None
        while True:
            body: dict[str, Any] = {"size": _PAGE, "sort": ["event_id"], "_source": ["event_id"]}
            if after is not None:
                body["search_after"] = after
            hits = (await client.search(index=_INDEX, body=body))["hits"]["hits"]
            found.update(hit["_source"]["event_id"] for hit in hits)
            if len(hits) < _PAGE:
                return found
            after = hits[-1]["sort"]


async def _archived(context: Context) -> "Counter[str]":
    found: Counter[str] = Counter()
    async for name in context.archive.list():
        found.update(entry.event_id for entry in decode_object(await context.archive.get(name)))
    return found
