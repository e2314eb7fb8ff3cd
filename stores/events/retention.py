"""Retention: whole days are dropped, since a day is a partition."""

from datetime import UTC, datetime

from stores.ports import AnalyticalStore

#: Tables whose partitions are days. Issues are few and are kept.
DAILY_TABLES = ("events", "error_counts", "outcomes")


async def drop_old_partitions(store: AnalyticalStore, table: str, before: float) -> list[int]:
    """Drop the days of a table that ended at or before ``before`` (Unix seconds); returns them as ``YYYYMMDD``.

    Raises:
        ValueError: the table is not one of ``DAILY_TABLES``.
    """
    if table not in DAILY_TABLES:
        raise ValueError(f"{table} is not kept by days; those that are: {', '.join(DAILY_TABLES)}")
    first_kept = int(datetime.fromtimestamp(before, UTC).strftime("%Y%m%d"))
    layout = store.layout
    # Another server may have another current database than this one.
    database = (await store.query("SELECT currentDatabase() AS name"))[0]["name"]
    rows = await store.query(
        f"SELECT DISTINCT toUInt32(partition) AS day FROM {layout.system_table('parts')}"
        " WHERE database = {database:String} AND table = {table:String} AND active AND day < {first_kept:UInt32}"
        f" ORDER BY day{layout.reachable}",
        {"database": database, "table": layout.local(table), "first_kept": first_kept},
    )
    days = [int(row["day"]) for row in rows]
    for day in days:
        await store.command(layout.drop_partition(table, day))
    return days
