"""How far a sink got: what it must skip after a restart, so that each event is stored exactly once.

Two things are recognised (architecture rule 4): a copy of an event, sent again by an earlier stage, by the watermark of its
origin; and a record of this sink's own last batches, stored before the offsets were committed, by its position in the store.
"""

from collections.abc import Awaitable, Callable

from agents.records import Incoming, concerns
from agents.stage import StageApp
from agents.table import StateTable

#: Offsets at or after the given one that the store holds, for (partition, generation, first offset).
Load = Callable[[int, int, int], Awaitable[set[int]]]


class StoredPositions:
    """Tells new records from stored ones. ``load`` reads back what the store holds of a partition."""

    def __init__(self, app: StageApp, table: StateTable, agent: str, load: Load) -> None:
        self._table = table
        self._agent = agent
        self._load = load
        self._assigned = app.per_assignment()
        self._stored: dict[int, set[int]] = {}

    async def prepare(self, batch: list[Incoming]) -> None:
        """Read back the partitions that are new since the last assignment. The batch's first offset is where work goes on."""
        stored = self._stored = self._assigned.current()
        first: dict[int, Incoming] = {}
        for record in batch:
            first.setdefault(record.position.partition, record)
        for partition, record in first.items():
            if partition not in stored:
                position = record.position
                stored[partition] = await self._load(partition, position.generation, position.offset)

    def is_new(self, record: Incoming) -> bool:
        """Whether a record is to be stored; from now on it counts as stored.

        Raises:
            KeyError: the record has no origin.
        """
        if not concerns(record, self._agent):
            return False
        position = record.position
        copied = self._table.watermarks(position.partition).pass_over(record)
        stored = self._stored[position.partition]
        if position.offset in stored:
            stored.discard(position.offset)
            return False
        return not copied
