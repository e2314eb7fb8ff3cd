"""Unique users by window. They do not add up, so each window is made of its slices' sets.

The sets are ClickHouse's ``uniqCombined64(12)``: exact up to 128 users, beyond that with a standard error of
1.04 / √4096 = 1.6 %.
"""

from typing import NamedTuple

from api.queries.selection import Key, Selection, Values
from api.queries.windows import Windows
from stores.ports import AnalyticalStore

#: In how many windows a moment may lie at most.
MAX_OVERLAP = 100

_MERGED = "uniqCombined64MergeState(12)({})"


class Sets(NamedTuple):
    """A table with sets of users: the column of its time, and the SQL of each set's state."""

    table: str
    time: str
    states: tuple[str, ...]


_OF_EVENTS = Sets("events", "timestamp", ("uniqCombined64StateIf(12)(cityHash64(user_key), user_key != '')",))
_BY_ISSUE = Sets("issue_error_counts", "bucket", (_MERGED.format("users"),))
_BY_PROJECT = Sets("project_error_counts", "bucket", (_MERGED.format("users"),))
_OF_SESSIONS = Sets("session_counts", "bucket", (_MERGED.format("users"), _MERGED.format("crashed_users")))


async def users_of_errors(store: AnalyticalStore, selection: Selection, windows: Windows) -> Values:
    """Unique users to whom errors happened in each window."""
    coarse = _BY_ISSUE if selection.by_issue else _BY_PROJECT
    found = await _sizes(store, coarse if windows.in_rollups else _OF_EVENTS, selection, windows)
    return {key: [sizes.get(begin, (0,))[0] for begin in windows.begins] for key, sizes in found.items()}


async def crash_free_users(store: AnalyticalStore, selection: Selection, windows: Windows) -> Values:
    """The part of the users with sessions in each window none of whose sessions crashed; None where there are no users."""
    found = await _sizes(store, _OF_SESSIONS, selection, windows)
    return {
        key: [crash_free(*sizes.get(begin, (0, 0))) for begin in windows.begins]
        for key, sizes in found.items()
    }


def crash_free(all_of_them: int, crashed: int) -> float | None:
    """The part that did not crash, None of nothing. Where both are estimates, the crashed may seem to be more than all."""
    return max(0.0, 1 - crashed / all_of_them) if all_of_them else None


async def _sizes(
    store: AnalyticalStore, sets: Sets, selection: Selection, windows: Windows
) -> dict[Key, dict[int, tuple[int, ...]]]:
    """The sizes of the sets in each window that has any, by series, those with the most users first."""
    where = selection.where()
    windows.limit(where, sets.time)
    numbers = range(len(sets.states))
    states = ", ".join(f"{state} AS set{number}" for number, state in enumerate(sets.states))
    sizes = ", ".join(f"uniqCombined64Merge(12)(set{number}) AS size{number}" for number in numbers)
    step, width = where.parameter("Int64", windows.step), where.parameter("Int64", windows.width)
    first, end = where.parameter("Int64", windows.first), where.parameter("Int64", windows.end)
    overlap, limit = (
        where.parameter("UInt32", windows.overlap),
        where.parameter("UInt32", selection.limit + 1),
    )
    rows = await store.query(
        f"""
        WITH panes AS
        (
            SELECT {selection.key} AS key, {windows.pane_of(where, sets.time)} AS pane, {states}
            FROM {sets.table} {where.sql} GROUP BY key, pane
        )
        SELECT key, begin, {sizes}, any(rank) AS series_rank
        FROM
        (
            SELECT *, arrayJoin(arrayMap(i -> (intDiv(pane, {step}) - i) * {step}, range({overlap}))) AS begin FROM panes
        ) AS slices
        INNER JOIN
        (
            SELECT key, uniqCombined64Merge(12)(set0) AS rank FROM panes GROUP BY key ORDER BY rank DESC, key LIMIT {limit}
        ) AS series USING (key)
        WHERE begin >= {first} AND begin < {end} AND begin + {width} > pane
        GROUP BY key, begin
        ORDER BY series_rank DESC, key, begin
        """,
        where.parameters,
    )
    found: dict[Key, dict[int, tuple[int, ...]]] = {} if selection.group_by else {(): {}}
    for row in rows:
        by_window = found.setdefault(tuple(row["key"]), {})
        by_window[int(row["begin"])] = tuple(int(row[f"size{number}"]) for number in numbers)
    return found
