"""Stored events on which grouping is tried, and which issues are live."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

import msgspec

from agents.fingerprint.trial import Attempt, StoredEvent, Trial
from api.parameters import TimeRange
from api.queries.issue_events import IssueEvents
from schemas.event import Event
from stores.events.where import Where
from stores.ports import AnalyticalStore

#: Issues among which the events of a trial are spread, and events of one of them.
MAX_ISSUES = 2_000
MAX_EVENTS_OF_ISSUE = 100
#: Events of one query: at most 256 KiB each, so that an answer stays below what one may hold.
_EVENTS_OF_QUERY = 200
#: Events that are tried before others get a turn: a millisecond or two.
_SLICE = 10

_decode_event = msgspec.json.Decoder(Event).decode


class Span(NamedTuple):
    """Events of a project by their own time. ``clock_skew``: see ``Where.within``."""

    project: int
    range: TimeRange
    clock_skew: float

    def where(self) -> Where:
        """The condition."""
        where = Where()
        where.equals("project", "UInt32", self.project)
        where.within(*self.range, self.clock_skew)
        return where


async def try_on_history(store: AnalyticalStore, span: Span, limit: int, attempt: Attempt) -> Trial:
    """The outcome of an attempt on at most ``limit`` events: the latest of each of the issues that were seen last."""
    issues = await recent_issues(store, span, min(limit, MAX_ISSUES))
    each = min(max(limit // max(len(issues), 1), 1), MAX_EVENTS_OF_ISSUE)
    done = 0
    async for stored in latest_events(store, span, issues, each):
        attempt.add(stored)
        done += 1
        if done % _SLICE == 0:
            await asyncio.sleep(0)
    return attempt.outcome()


async def recent_issues(store: AnalyticalStore, span: Span, limit: int) -> list[str]:
    """Issues that have events in a span, those seen last first."""
    events = IssueEvents(span.project, span.range, span.clock_skew, None, Where())
    where = events.query()
    rows = await store.query(
        f"SELECT issue_id, max(last_seen) AS latest FROM ({events.select(where, ['last_seen'])}) GROUP BY issue_id"
        f" ORDER BY latest DESC, issue_id DESC LIMIT {where.parameter('UInt32', limit)}",
        where.parameters,
    )
    return [row["issue_id"] for row in rows]


async def latest_events(
    store: AnalyticalStore, span: Span, issues: Sequence[str], each: int
) -> AsyncIterator[StoredEvent]:
    """The latest events of issues, at most ``each`` of every one. What cannot be read any more is left out."""
    since = await _since(store, span, issues, each)
    size = max(_EVENTS_OF_QUERY // each, 1)
    # Rows are sorted by issue: neighbours are read together, and few others with them.
    ordered = sorted(since)
    for start in range(0, len(ordered), size):
        part = ordered[start : start + size]
        for row in await _events_since(store, span, {issue: since[issue] for issue in part}, each):
            try:
                event = _decode_event(row["event"])
            except msgspec.MsgspecError:
                continue
            yield StoredEvent(row["issue_id"], event, row["title"])


async def _since(store: AnalyticalStore, span: Span, issues: Sequence[str], each: int) -> dict[str, int]:
    """From when on (Unix microseconds) each issue has ``each`` events: out of narrow columns, in the order that they have."""
    if not issues:
        return {}
    where = span.where()
    where.one_of("issue_id", list(issues))
    limit = where.parameter("UInt32", each)
    rows = await store.query(
        "SELECT issue_id, toUnixTimestamp64Micro(min(timestamp)) AS since FROM"
        f" (SELECT project, issue_id, timestamp FROM events {where.sql}"
        f" ORDER BY project DESC, issue_id DESC, timestamp DESC LIMIT {limit} BY issue_id)"
        " GROUP BY issue_id",
        where.parameters,
    )
    return {row["issue_id"]: row["since"] for row in rows}


async def _events_since(
    store: AnalyticalStore, span: Span, since: dict[str, int], each: int
) -> list[dict[str, str]]:
    where = span.where()
    issues = where.parameter("Array(String)", list(since))
    times = where.parameter("Array(Int64)", list(since.values()))
    where.add(f"issue_id IN {issues}")
    where.add(f"toUnixTimestamp64Micro(timestamp) >= transform(issue_id, {issues}, {times}, toInt64(0))")
    limit = where.parameter("UInt32", each)
    return await store.query(
        f"SELECT issue_id, title, event FROM events {where.sql}"
        f" ORDER BY issue_id, timestamp DESC, event_id DESC LIMIT {limit} BY issue_id",
        where.parameters,
    )
