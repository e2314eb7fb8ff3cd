"""The archive sink: the clients' events as objects by project, day, partition and range of offsets."""

from typing import Any

from agents.batches import Linger, own_time, run_batches
from agents.guard import Guard, until_available
from agents.records import Incoming
from agents.sinks.archive.encode import Entry, encode_object, entry_of
from agents.sinks.positions import StoredPositions
from agents.stage import StageApp
from agents.table import StateTable
from stores.ports import ArchiveName

NAME = "archive"
SOURCE = "events-fingerprinted"

#: Project, UTC day, partition, generation.
Slot = tuple[int, str, int, int]

#: Records of one batch at the most; objects close by size or time long before.
_LIMIT = 20_000
#: Days of partitions of projects for which the reached offset is remembered; forgotten ones are looked up again.
_REMEMBERED = 10_000


def attach(app: StageApp) -> None:
    """Add the agent and the table of its watermarks to a stage."""
    settings = app.config.settings
    archived = StateTable(app, "archived")
    guard = Guard(NAME, SOURCE, settings)
    objects = _Objects(app)

    async def nothing(_partition: int, _generation: int, _first: int) -> set[int]:
        return set()

    positions = StoredPositions(app, archived, NAME, nothing)

    async def handle(batch: list[Incoming]) -> None:
        await positions.prepare(batch)
        with own_time(NAME):
            entries, new = _sort(batch, guard, positions)
        for slot, group in entries.items():
            await until_available(NAME, lambda slot=slot, group=group: objects.put(slot, group))  # type: ignore[misc]
        if bad := guard.take_bad(len(batch)):
            await until_available(NAME, lambda: app.send_records(bad))
        await until_available(NAME, lambda: archived.write_watermarks(new))

    @app.agent(app.source(SOURCE), name=NAME)  # type: ignore[untyped-decorator]
    async def archive_events(stream: Any) -> None:
        linger = Linger(settings.archive_linger, settings.archive_linger)
        await run_batches(stream, NAME, handle, _LIMIT, linger, settings.archive_object_bytes)


def _sort(
    batch: list[Incoming], guard: Guard, positions: StoredPositions
) -> tuple[dict[Slot, list[Entry]], list[Incoming]]:
    """The new entries of a batch by where they belong, and the new records."""
    entries: dict[Slot, list[Entry]] = {}
    new = []
    for record in batch:
        if not guard.attempt(record, positions.is_new, record):
            continue
        new.append(record)
        if (entry := guard.attempt(record, entry_of, record)) is not None:
            slot = entry.project, entry.day, record.position.partition, record.position.generation
            entries.setdefault(slot, []).append(entry)
    return entries, new


class _Objects:
    """Puts objects, leaving out what an object written before a crash holds already.

    Objects of one (project, day, partition, generation) are written in the order of offsets and leave no gap, so the highest
    offset among their names says how far they reach.
    """

    def __init__(self, app: StageApp) -> None:
        self._app = app
        self._assigned = app.per_assignment()

    async def put(self, slot: Slot, entries: list[Entry]) -> None:
        reached: dict[Slot, int] = self._assigned.current()
        if slot not in reached:
            if len(reached) >= _REMEMBERED:
                reached.clear()
            reached[slot] = await self._highest(slot)
        new = [entry for entry in entries if entry.offset > reached[slot]]
        if not new:
            return
        project, day, partition, generation = slot
        name = ArchiveName(project, day, partition, generation, new[0].offset, new[-1].offset, len(new))
        body = encode_object(new)
        self._app.check_lease()
        await self._app.stores.archive.put(name, body)
        reached[slot] = new[-1].offset

    async def _highest(self, slot: Slot) -> int:
        project, day, partition, generation = slot
        names = self._app.stores.archive.list(project=project, day=day, partition=partition)
        return max([name.last async for name in names if name.generation == generation], default=-1)
