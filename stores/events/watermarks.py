"""What the sinks read back on assignment: which records ClickHouse holds already."""

from stores.ports import AnalyticalStore

_TABLES = frozenset({"events"})
#: Offsets asked for at once: a sink that was set back far has many to skip.
_PAGE = 100_000


async def stored_offsets(
    store: AnalyticalStore, table: str, partition: int, generation: int, from_offset: int
) -> set[int]:
    """Offsets, at or after ``from_offset``, of the records of one partition that a table holds.

    A set and not a highest offset, since an insert that touches several days is not atomic: a kill can leave a later
    record stored and an earlier one not. The caller starts at its committed offset, so the set is about one batch.
    """
    if table not in _TABLES:
        raise ValueError(f"{table} has no positions; those that have: {', '.join(sorted(_TABLES))}")
    sql = (
        f"SELECT DISTINCT offset FROM {store.layout.every_copy(table)}"
        " WHERE partition = {partition:UInt16} AND generation = {generation:UInt64} AND offset >= {from_offset:UInt64}"
        f" ORDER BY offset LIMIT {{limit:UInt32}}{store.layout.reachable}"
    )
    found: set[int] = set()
    parameters = {
        "partition": partition,
        "generation": generation,
        "from_offset": from_offset,
        "limit": _PAGE,
    }
    while rows := await store.query(sql, parameters):
        found.update(row["offset"] for row in rows)
        if len(rows) < _PAGE:
            break
        parameters["from_offset"] = rows[-1]["offset"] + 1
    return found
