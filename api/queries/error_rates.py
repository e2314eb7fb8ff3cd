"""Errors by window, from the latest totals."""

from typing import NamedTuple

from api.queries.selection import Key, Selection, Values
from api.queries.windows import Windows
from stores.events.where import Where
from stores.ports import AnalyticalStore


class Totals(NamedTuple):
    """A table of running totals: the columns of an identity, of whose rows the largest ``measures`` hold."""

    table: str
    identity: str
    measures: tuple[str, ...]


_FINE = Totals(
    "error_counts", "project, bucket, issue_id, environment, release, level, partition, opened", ("total",)
)
_BY_ISSUE = _FINE._replace(table="issue_error_counts")
_BY_PROJECT = Totals(
    "project_error_counts", "project, bucket, environment, release, level, partition, opened", ("total",)
)


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
    maxima = ", ".join(f"max({name}) AS latest_{name}" for name in totals.measures)
    sums = ", ".join(f"sum(latest_{name}) AS all_{name}" for name in totals.measures)
    # The identity is the table's sorting key, so totals are compared as they are read, in little memory.
    rows = await store.query(
        f"""
        WITH latest AS
        (
            SELECT bucket, {selection.key} AS key, {maxima} FROM {totals.table} {where.sql} GROUP BY {totals.identity}
        )
        SELECT key, {windows.pane_of(where, "bucket")} AS pane, {sums}, any(rank) AS series_rank
        FROM latest INNER JOIN ({_largest(totals, selection, where)}) AS series USING (key)
        GROUP BY key, pane
        ORDER BY series_rank DESC, key, pane
        SETTINGS optimize_aggregation_in_order = 1
        """,
        where.parameters,
    )
    found: dict[Key, list[dict[int, int]]] = {} if selection.group_by else {(): [{} for _ in totals.measures]}
    for row in rows:
        panes = found.setdefault(tuple(row["key"]), [{} for _ in totals.measures])
        for by_pane, name in zip(panes, totals.measures, strict=True):
            by_pane[int(row["pane"])] = int(row[f"all_{name}"])
    return found


def _largest(totals: Totals, selection: Selection, where: Where) -> str:
    """The SQL of the largest series and their size."""
    if not selection.group_by:
        return f"SELECT {selection.key} AS key, 0 AS rank"
    return (
        f"SELECT key, sum(latest_{totals.measures[0]}) AS rank FROM latest"
        f" GROUP BY key ORDER BY rank DESC, key LIMIT {where.parameter('UInt32', selection.limit + 1)}"
    )
