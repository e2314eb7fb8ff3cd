"""Retention: whole partitions are dropped, which are days or months."""

from datetime import UTC, datetime

from stores.ports import AnalyticalStore

_DAY, _MONTH = "%Y%m%d", "%Y%m"

#: What a partition of each table is. Issues are few and are kept.
PARTITIONS = {
    "events": _DAY,
    "error_counts": _DAY,
    "outcomes": _DAY,
    "issue_error_counts": _MONTH,
    "project_error_counts": _MONTH,
    "session_counts": _MONTH,
}


async def drop_old_partitions(store: AnalyticalStore, table: str, before: float) -> list[int]:
    """Drop the days or months of a table that ended at or before ``before`` (Unix seconds); returns them as ``YYYYMMDD`` or
    ``YYYYMM``.

    Raises:
        ValueError: the table is not one of ``PARTITIONS``.
    """
    if table not in PARTITIONS:
        raise ValueError(f"{table} is not kept by days or months; those that are: {', '.join(PARTITIONS)}")
    first_kept = int(datetime.fromtimestamp(before, UTC).strftime(PARTITIONS[table]))
    layout = store.layout
    # Another server may have another current database than this one.
    database = (await store.query("SELECT currentDatabase() AS name"))[0]["name"]
    rows = await store.query(
        f"SELECT DISTINCT toUInt32(partition) AS old FROM {layout.system_table('parts')}"
        " WHERE database = {database:String} AND table = {table:String} AND active AND old < {first_kept:UInt32}"
        f" ORDER BY old{layout.reachable}",
        {"database": database, "table": layout.local(table), "first_kept": first_kept},
    )
    old = [int(row["old"]) for row in rows]
    for partition in old:
        await store.command(layout.drop_partition(table, partition))
    return old
