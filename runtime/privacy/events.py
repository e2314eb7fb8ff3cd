"""Events in ClickHouse: found, and erased so that the doctor still knows that they were there.

Before an event's row goes, an outcome ``erased`` is written under an id that is made of where the event was archived. So doing
it again, after a crash in the middle, notes nothing twice.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from runtime.privacy.subject import Person
from stores.errors import StoreUnavailable
from stores.events.where import DAY, Where
from stores.ports import AnalyticalStore

#: Events that are found and erased at once.
AT_ONCE = 5_000
#: Events of a day above which they are looked through in parts, by the first digits of their issues' ids.
_SLICED_FROM = 100_000


class Place(NamedTuple):
    """An event, and where it was archived."""

    event_id: str
    partition: int
    generation: int
    offset: int


async def days_of(store: AnalyticalStore, project: int, before: float | None = None) -> list[tuple[int, int]]:
    """The UTC days on which a project's events were received (Unix seconds of their beginning), and how many each has; only
    those received before ``before``."""
    where = Where()
    where.equals("project", "UInt32", project)
    if before is not None:
        where.add(f"received < {where.moment(before)}")
    rows = await store.query(
        "SELECT toUnixTimestamp(toStartOfDay(received)) AS day, count() AS events"
        f" FROM events {where.sql} GROUP BY day ORDER BY day",
        where.parameters,
    )
    return [(row["day"], row["events"]) for row in rows]


async def catch_up(store: AnalyticalStore) -> None:
    """Wait until every copy of the events has all of them, so that those that are to be erased are found.

    Raises:
        StoreUnavailable: a server is away.
    """
    for statement in store.layout.catch_up("events"):
        await store.command(statement)


def slices_of(events: int) -> list[tuple[str, str]]:
    """Ranges of issue ids, from and to (empty: no bound), that together are all, so many that a query of each is bounded."""
    if events < _SLICED_FROM:
        return [("", "")]
    bounds = [f"{number:02x}" for number in range(0, 256, 16 if events < 16 * _SLICED_FROM else 1)]
    return list(zip(["", *bounds[1:]], [*bounds[1:], ""], strict=True))


async def find_events(
    store: AnalyticalStore,
    project: int,
    day: int,
    person: Person,
    issues: tuple[str, str] = ("", ""),
    columns: str = "",
    after: str = "",
    limit: int = AT_ONCE,
) -> list[dict[str, Any]]:
    """Up to ``limit`` events about a person that were received on a day, by their ids, those after ``after``; each has the
    fields of ``Place``, and ``columns``."""
    where = _of_day(project, day)
    where.add(f"event_id > {where.parameter('String', after)}")
    if issues[0]:
        where.add(f"issue_id >= {where.parameter('String', issues[0])}")
    if issues[1]:
        where.add(f"issue_id < {where.parameter('String', issues[1])}")
    person.add_to(where)
    return await store.query(
        "SELECT event_id, archived_partition AS partition, archived_generation AS generation,"
        f" archived_offset AS offset{columns} FROM events {where.sql} ORDER BY event_id LIMIT {limit:d}",
        where.parameters,
    )


async def erase_events(
    store: AnalyticalStore, project: int, day: int, event_ids: Sequence[str], reason: str
) -> int:
    """Erase events of a project, at most ``AT_ONCE``, that were received on a day; returns how many there were."""
    where = _of_day(project, day)
    where.add(f"event_id IN {where.parameter('Array(String)', list(event_ids))}")
    rows = await store.query(
        "SELECT DISTINCT archived_partition AS partition, archived_generation AS generation, archived_offset AS offset"
        f" FROM events {where.sql}",
        where.parameters,
    )
    if not rows:
        return 0
    places = ", ".join(f"({row['partition']:d}, {row['generation']:d}, {row['offset']:d})" for row in rows)
    condition = f"(archived_partition, archived_generation, archived_offset) IN ({places})"
    await _erase(store, f"{_day_condition(project, day)} AND {condition}", reason)
    return len(rows)


async def erase_day(store: AnalyticalStore, project: int, day: int, reason: str) -> None:
    """Erase all events of a project that were received on a day."""
    await _erase(store, _day_condition(project, day), reason)


async def _erase(store: AnalyticalStore, condition: str, reason: str) -> None:
    """Note and delete the rows for which a condition holds, in which only numbers stand."""
    await store.command(
        "INSERT INTO outcomes (project, id, key_id, outcome, reason, category, quantity, at)"
        f"{store.layout.insert_select_settings} SELECT project, concat('erased-',"
        " toString(archived_partition), ':', toString(archived_generation), ':', toString(archived_offset)), key_id,"
        f" 'erased', '{reason}', 'error', 1, received FROM events WHERE {condition}"
    )
    await store.command(store.layout.delete("events", condition))
    rows = await store.query(f"SELECT count() AS remaining FROM events WHERE {condition}")
    if rows[0]["remaining"]:
        raise StoreUnavailable("ClickHouse still shows events that were deleted.")


def _of_day(project: int, day: int) -> Where:
    where = Where()
    where.equals("project", "UInt32", project)
    where.add(f"received >= {where.moment(day)}")
    where.add(f"received < {where.moment(day + DAY)}")
    return where


def _day_condition(project: int, day: int) -> str:
    first, end = day * 1_000_000, (day + DAY) * 1_000_000
    return (
        f"project = {project:d} AND received >= fromUnixTimestamp64Micro({first:d}, 'UTC')"
        f" AND received < fromUnixTimestamp64Micro({end:d}, 'UTC')"
    )
