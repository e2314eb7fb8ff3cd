"""Erases one end user's events, or all that a project has, from every store.

Both go day by day of receipt, so that each step is bounded, and every step can be done again.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from runtime.context import Context
from runtime.privacy.archive import entries_about, erase_entries
from runtime.privacy.events import (
    AT_ONCE,
    catch_up,
    days_of,
    erase_day,
    erase_events,
    find_events,
    slices_of,
)
from runtime.privacy.quarantined import erase_quarantined
from runtime.privacy.subject import Person
from runtime.quarantine import EVENT_TOPICS
from schemas.privacy import Remainder
from topics import DLQ_SUFFIX, declared_topics

#: Tables of ClickHouse that say something of a project beside its events. Its outcomes stay, which are numbers of the service.
_TABLES = (
    "issues",
    "error_counts",
    "issue_error_counts",
    "project_error_counts",
    "session_counts",
    "alerts",
)

#: Told after each step: which it was, of how many.
Progress = Callable[[int, int], Awaitable[None]]


async def erase_person(context: Context, project: int, person: Person, progress: Progress) -> dict[str, int]:
    """Erase the events about a person; returns how many there were in each store.

    Raises:
        StoreUnavailable: a store is away; to be done again from the start.
    """
    await catch_up(context.events)
    counted = dict(await days_of(context.events, project))
    days = sorted({*counted, *await _archived_days(context, project)})
    erased = {"clickhouse": 0, "archive": 0, **({"opensearch": 0} if context.search_sink else {})}
    erased["quarantine"] = await erase_quarantined(context, project, person)
    for step, day in enumerate(days):
        await progress(step, len(days))
        for store, count in (await _erase_day_of(context, project, day, counted.get(day, 0), person)).items():
            erased[store] += count
    return erased


async def _erase_day_of(
    context: Context, project: int, day: int, events: int, person: Person
) -> dict[str, int]:
    """One day. What tells which events are meant goes last: the archive recognises all that ClickHouse does, and more."""
    ids = await _stored_ids(context, project, day, events, person)
    names = [name async for name in context.archive.list(project, _text(day))]
    for name in names:
        ids |= {entry.event_id for entry in await entries_about(context.archive, name, person)}
    wanted, erased = sorted(ids), {"clickhouse": 0, "archive": 0}
    parts = [wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE)]
    if context.search_sink is not None:
        erased["opensearch"] = sum(
            [await context.search_sink.drop_events(project, _text(day), part) for part in parts]
        )
    for part in parts:
        erased["clickhouse"] += await erase_events(context.events, project, day, part, "request")
    for name in names if ids else ():
        erased["archive"] += len(await erase_entries(context.archive, name, person, ids))
    return erased


async def _stored_ids(context: Context, project: int, day: int, events: int, person: Person) -> set[str]:
    ids: set[str] = set()
    for issues in slices_of(events) if events else ():
        after = ""
        while found := await find_events(context.events, project, day, person, issues, after=after):
            ids |= {row["event_id"] for row in found}
            after = found[-1]["event_id"]
    return ids


async def erase_project(context: Context, project: int, progress: Progress) -> dict[str, int]:
    """Erase everything that the stores of events, counts and payloads have of a project; returns how many events that were, by
    store.

    Raises:
        StoreUnavailable: a store is away; to be done again from the start.
    """
    await catch_up(context.events)
    erased = await erase_before(context, project, None, "project", progress)
    for table in _TABLES:
        await context.events.command(context.events.layout.delete(table, f"project = {project:d}"))
    if context.artifacts is not None:
        async for artifact in context.artifacts.list(project):
            await context.artifacts.drop(artifact)
    return erased


async def erase_before(
    context: Context, project: int, before: int | None, reason: str, progress: Progress
) -> dict[str, int]:
    """Erase the events of a project received before a UTC day (Unix seconds of its beginning; None: all), from every store;
    returns how many there were, by store."""
    erased = {"clickhouse": 0}
    days = await days_of(context.events, project, before)
    for step, (day, events) in enumerate(days):
        await progress(step, len(days) + 1)
        await erase_day(context.events, project, day, reason)
        erased["clickhouse"] += events
    await progress(len(days), len(days) + 1)
    if context.search_sink is not None:
        erased["opensearch"] = await context.search_sink.drop_project(
            project, None if before is None else _text(before)
        )
    erased["archive"] = 0
    async for name in context.archive.list(project):
        if before is None or name.day < _text(before):
            await context.archive.drop(name)
            erased["archive"] += name.count
    return erased


def remainders(since: float) -> list[Remainder]:
    """What is left of what was received before ``since`` (Unix seconds), and until when."""
    found = [
        Remainder(f"the log: {name}", since + (declared_topics()[name].retention or 0))
        for name in EVENT_TOPICS
    ]
    found += [
        Remainder(
            f"the log: {name}{DLQ_SUFFIX}, shown and redriven no more",
            since + declared_topics()[name].dlq_retention,
        )
        for name in EVENT_TOPICS
    ]
    return [
        *found,
        Remainder("counts, and sketches of users made of hashes, which name nobody", None),
        Remainder("outcomes: that there were events, by their places on the log", None),
    ]


async def _archived_days(context: Context, project: int) -> set[int]:
    names = {name.day async for name in context.archive.list(project)}
    return {int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp()) for day in names}


def _text(day: int) -> str:
    return datetime.fromtimestamp(day, UTC).date().isoformat()
