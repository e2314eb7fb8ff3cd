"""What is stored, summed up exactly."""

from stores.ports import AnalyticalStore

#: Rows of one count each, of which a project and an issue have many.
_LATEST_TOTALS = (
    "(SELECT project, issue_id, max(total) AS latest FROM error_counts"
    " GROUP BY project, bucket, issue_id, environment, release, level, partition, opened)"
)


async def stored_events(store: AnalyticalStore) -> dict[int, tuple[int, int]]:
    """By project: how many rows of events there are, and how many different event ids. They must be equal."""
    rows = await store.query(
        "SELECT project, count() AS stored, uniqExact(event_id) AS ids FROM events GROUP BY project ORDER BY project"
    )
    return {row["project"]: (row["stored"], row["ids"]) for row in rows}


async def counted_errors(store: AnalyticalStore) -> dict[int, int]:
    """By project: the sum of the latest totals of error_counts."""
    rows = await store.query(
        f"SELECT project, sum(latest) AS counted FROM {_LATEST_TOTALS} GROUP BY project ORDER BY project"
    )
    return {row["project"]: int(row["counted"]) for row in rows}


async def counted_by_issue(store: AnalyticalStore) -> dict[str, int]:
    """By issue: the sum of the latest totals of error_counts."""
    rows = await store.query(
        f"SELECT issue_id, sum(latest) AS counted FROM {_LATEST_TOTALS} GROUP BY issue_id"
    )
    return {row["issue_id"]: int(row["counted"]) for row in rows}


async def recorded_outcomes(store: AnalyticalStore) -> dict[tuple[int, str, str], int]:
    """By (project, outcome, reason): how many events and items ended so. An id counts once."""
    rows = await store.query(
        "SELECT project, outcome, reason, sum(quantity) AS ended FROM"
        " (SELECT project, id, any(outcome) AS outcome, any(reason) AS reason, any(quantity) AS quantity FROM outcomes"
        " GROUP BY project, id) GROUP BY project, outcome, reason ORDER BY project, outcome, reason"
    )
    return {(row["project"], row["outcome"], row["reason"]): int(row["ended"]) for row in rows}
