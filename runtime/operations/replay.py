"""Sends archived events through the pipeline again (docs/decisions/0018-replays-replace-rows.md).

Each call does a bounded piece of work, and nothing is remembered between calls: whoever calls goes on where it stopped, and
sending an event again changes nothing.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.sinks.archive.encode import Entry, decode_object
from runtime.context import Context
from runtime.lag import measure
from runtime.operation import OperationError, operation
from schemas.headers import ONLY, REPLAY, Headers, Position, Received, Replay, event_key
from stores.errors import StoreRejected
from stores.ports import ArchiveName, LogRecord

SOURCE = "events-received"
ARCHIVED_FROM = "events-fingerprinted"
#: The agents for which a replayed event counts: those that keep the event itself.
REPLACED_BY = ("clickhouse_events", "opensearch")
#: How many records an agent may be behind before more is sent. Live events wait behind those of the first two; the sinks
#: replace many rows for little more than one.
_MOST_BEHIND = {"deduplicate": 500, "fingerprint": 500, "clickhouse_events": 4_000, "opensearch": 4_000}
_MOST_DAYS = 3_660


@operation
async def replay_objects(
    context: Context, start: float, until: float, project: int | None = None
) -> list[dict[str, Any]]:
    """The archive's objects that may hold events received from ``start`` up to ``until`` (Unix seconds), in the order in which
    they are to be replayed: their names and how many events each holds. Events that the stores keep no more are left out."""
    start = max(start, time.time() - context.settings.events_retention)
    found: list[ArchiveName] = []
    for day in _days(start, until):
        found += [name async for name in context.archive.list(project, day)]
    return [{"name": name.path, "events": name.count} for name in sorted(found, key=_order)]


@operation
async def replay_events(
    context: Context, name: str, skip: int, limit: int, number: int, start: float, until: float
) -> dict[str, Any]:
    """Send up to ``limit`` events of an object, after the first ``skip``, through the pipeline again. ``number`` names the
    replay: when it began, in Unix milliseconds.

    Returns how many were sent, whether the object is done, and what has to be waited for before anything can be sent.
    """
    try:
        archived = ArchiveName.parse(name)
    except ValueError as error:
        raise OperationError(f"{name!r} is not the name of an archive object.") from error
    if waiting := await _waits_for(context, archived):
        return {"sent": 0, "done": False, "waits_for": waiting}
    try:
        entries = decode_object(await context.archive.get(archived))
    except StoreRejected:
        return {"sent": 0, "done": True, "waits_for": ""}  # retention removed it meanwhile
    # Asked right before it is sent: an erasure waits for what was sent before, and a replay for the erasure.
    if await context.operational.erasures.under_way(archived.project):
        return {"sent": 0, "done": False, "waits_for": f"data of project {archived.project} are being erased"}
    chosen = entries[skip : skip + limit]
    records = [_record(archived, entry, number) for entry in chosen if start <= entry.received < until]
    if records:
        await context.log.send(SOURCE, records)
    return {"sent": len(records), "done": skip + limit >= len(entries), "waits_for": ""}


async def _waits_for(context: Context, archived: ArchiveName) -> str:
    """What keeps the object from being replayed just now; empty when nothing does."""
    lag = await measure(context)
    for agent, most in _MOST_BEHIND.items():
        if agent in lag and lag[agent][2] > most:
            return f"{agent} is {lag[agent][2]} records behind"
    if archived.generation != await context.log.generation(ARCHIVED_FROM):
        return ""
    # Until a sink has committed the event that was archived, it may store that again: after its replay, as a second row.
    for stage in ("clickhouse", "opensearch"):
        if stage in context.stages:
            committed = await context.log.committed(f"stacktide-{stage}")
            if committed.get((ARCHIVED_FROM, archived.partition), 0) <= archived.last:
                return f"{stage} has not stored these events yet"
    return ""


def _record(archived: ArchiveName, entry: Entry, number: int) -> LogRecord:
    received = Received(
        entry.project,
        entry.key_id,
        entry.event_id,
        entry.received,
        entry.content_type,
        entry.client_address,
        entry.sdk,
        entry.protocol,
    )
    position = Position(archived.partition, archived.generation, entry.offset)
    headers: Headers = [
        *received.encode(),
        (ONLY, ",".join(REPLACED_BY).encode()),
        (REPLAY, Replay(number, position).encode()),
    ]
    return LogRecord(event_key(entry.project, entry.event_id), bytes(entry.payload), headers)


def _days(start: float, until: float) -> list[str]:
    first = datetime.fromtimestamp(start, UTC).date()
    last = datetime.fromtimestamp(until, UTC).date()
    if (last - first).days > _MOST_DAYS:
        raise OperationError(f"A replay may cover {_MOST_DAYS} days.")
    return [str(first + timedelta(days=day)) for day in range((last - first).days + 1)]


def _order(name: ArchiveName) -> tuple[Any, ...]:
    return name.day, name.project, name.partition, name.generation, name.first
