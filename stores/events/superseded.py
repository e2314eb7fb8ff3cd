"""Rows of events that a replay has replaced: of one event only the row of the latest replay stays."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from stores.ports import AnalyticalStore

#: Rows that one statement deletes; the engine takes statements of 256 KiB.
_AT_ONCE = 10_000
#: Events that are asked for at once.
_IDS = 1_000


class Version(NamedTuple):
    """One row of an event. Versions are ordered by their replay, then by their origin."""

    replay: int
    origin_generation: int
    origin_offset: int
    origin_partition: int


async def drop_superseded(
    store: AnalyticalStore, project: int, event_ids: Sequence[str], first: float, last: float
) -> int:
    """Delete all rows of some events of a project but the latest of each; returns how many. Doing it again deletes nothing.

    ``first`` and ``last`` are the times (Unix seconds) between which the events were received.

    Raises:
        StoreUnavailable: the store cannot be reached; some rows may have been deleted.
    """
    old: list[Version] = []
    for start in range(0, len(event_ids), _IDS):
        old += await _superseded(store, project, event_ids[start : start + _IDS], first, last)
    for start in range(0, len(old), _AT_ONCE):
        chosen = _condition(old[start : start + _AT_ONCE])
        await store.command(store.layout.delete("events", f"project = {project:d} AND ({chosen})"))
    return len(old)


async def _superseded(
    store: AnalyticalStore, project: int, event_ids: Sequence[str], first: float, last: float
) -> list[Version]:
    # Every copy: a replica that lags behind does not have the new rows yet.
    rows = await store.query(
        "SELECT event_id, replay, origin_generation, origin_offset, origin_partition"
        f" FROM {store.layout.every_copy('events')} WHERE project = {{project:UInt32}}"
        " AND event_id IN {ids:Array(String)} AND received >= fromUnixTimestamp64Micro({first:Int64}, 'UTC')"
        f" AND received <= fromUnixTimestamp64Micro({{last:Int64}}, 'UTC'){store.layout.reachable}",
        {
            "project": project,
            "ids": list(event_ids),
            "first": int(first * 1_000_000) - 1,
            "last": int(last * 1_000_000) + 1,
        },
    )
    versions: dict[str, set[Version]] = defaultdict(set)
    for row in rows:
        versions[row["event_id"]].add(Version(*(row[name] for name in Version._fields)))
    return [version for known in versions.values() for version in known if version != max(known)]


def _condition(versions: Iterable[Version]) -> str:
    """What is true of these rows alone: an origin belongs to one row."""
    offsets: dict[tuple[int, int], list[int]] = defaultdict(list)
    for version in versions:
        offsets[version.origin_partition, version.origin_generation].append(version.origin_offset)
    return " OR ".join(
        f"(origin_partition = {partition} AND origin_generation = {generation}"
        f" AND origin_offset IN ({', '.join(map(str, sorted(chosen)))}))"
        for (partition, generation), chosen in offsets.items()
    )
