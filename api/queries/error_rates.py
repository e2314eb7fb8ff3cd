"""Errors by window, from the latest totals."""

from typing import NamedTuple

from api.queries.selection import Key, Selection, Values
from api.queries.windows import Windows
from stores.events.where import Where
from stores.ports import AnalyticalStore


class Totals(NamedTuple):
    """A table of running totals: of the rows of one identity, which is its sorting key, the largest ``measures`` hold."""

    table: str
    measures: tuple[str, ...] = ("total",)


_FINE = Totals("error_counts")
_BY_ISSUE = Totals("issue_error_counts")
_BY_PROJECT = Totals("project_error_counts")


async def error_counts(store: AnalyticalStore, selection: Selection, windows: Windows) -> Values:
    """Errors of each window, zero where there are none. Read from the coarsest table that holds what is asked."""
    totals = _BY_ISSUE if selection.by_issue else _BY_PROJECT
    panes = await latest_totals(store, totals if windows.in_rollups else _FINE, selection, windows)
    return {key: windows.sums(by_measure[0]) for key, by_measure in panes.items()}


async def latest_totals(
    store: AnalyticalStore, totals: Totals, selection: Selection, windows: Windows
) -> dict[Key, list[dict[int, int]]]:
    """For each measure the sum of each slice of time that has any, by series. The series with the most of the first measure
    come first, at most one more than the limit; one series where nothing is grouped by."""
    where = selection.where()
    windows.limit(where, "bucket")
    sums = ", ".join(f"sum({name}) AS all_{name}" for name in totals.measures)
    if selection.group_by:
        where.add(f"{selection.key} GLOBAL IN ({_largest(totals, selection, where)})")
    # FINAL merges the rows of an identity as they are read, in the order of the key: in little memory, whatever the range.
    # A partition is a day or a month of buckets, so the rows of an identity are in one.
    rows = await store.query(
        f"""
        SELECT {selection.key} AS key, {windows.pane_of(where, "bucket")} AS pane, {sums}
        FROM {totals.table} FINAL {where.sql}
        GROUP BY key, pane
        SETTINGS do_not_merge_across_partitions_select_final = 1
        """,
        where.parameters,
    )
    found: dict[Key, list[dict[int, int]]] = {} if selection.group_by else {(): [{} for _ in totals.measures]}
    for row in rows:
        panes = found.setdefault(tuple(row["key"]), [{} for _ in totals.measures])
        for by_pane, name in zip(panes, totals.measures, strict=True):
            by_pane[int(row["pane"])] = int(row[f"all_{name}"])
    return dict(sorted(found.items(), key=lambda item: (-sum(item[1][0].values()), item[0])))


def _largest(totals: Totals, selection: Selection, where: Where) -> str:
    """The SQL of the keys of the largest series."""
    return (
        f"SELECT {selection.key} AS key FROM {totals.table} FINAL {where.sql}"
        f" GROUP BY key ORDER BY sum({totals.measures[0]}) DESC, key LIMIT {where.parameter('UInt32', selection.limit + 1)}"
    )
