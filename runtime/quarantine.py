"""Reads the quarantined records of a topic, without what was erased of them.

A DLQ is worked off from its oldest record on. How far it has come is the committed offset of the group ``stacktide-dlq``.
"""

from collections.abc import AsyncIterator
from typing import NamedTuple

from agents.guard import DLQ_AGENT, DLQ_POSITION, DLQ_REASON, DLQ_TOPIC
from runtime.context import Quarantine, Stream
from schemas.headers import KEY_ID, ONLY, ORIGIN, PROJECT, REPLAY
from stores.ports import StoredRecord
from topics import DLQ_SUFFIX

GROUP = "stacktide-dlq"
#: Topics whose records are events; those of the others say nothing of an end user but hashes.
EVENT_TOPICS = ("events-received", "events-deduplicated", "events-fingerprinted")
_AT_ONCE = 500
#: What an erased record is still known by: its place, its project, and who failed of it.
_LEFT_OF_ERASED = {KEY_ID, ONLY, ORIGIN, PROJECT, REPLAY, DLQ_AGENT, DLQ_TOPIC, DLQ_POSITION}
_ERASED = (DLQ_REASON, b"its event was erased")


class Quarantined(NamedTuple):
    """A record on a DLQ. One that was ``erased`` has lost its value, and what else could tell of its event."""

    partition: int
    record: StoredRecord
    erased: bool = False

    def header(self, name: str) -> str:
        """A header as text, empty where there is none."""
        return dict(self.record.headers).get(name, b"").decode("utf-8", "replace")

    @property
    def project(self) -> int:
        """The project, 0 where the record names none."""
        given = self.header(PROJECT)
        return int(given) if given.isascii() and given.isdigit() else 0

    @property
    def origin(self) -> str:
        """Where its event stands on events-received, as ``Position.encode`` writes it; empty where it is no event's."""
        return self.header(DLQ_POSITION if self.header(DLQ_TOPIC) == EVENT_TOPICS[0] else ORIGIN)

    @property
    def position(self) -> str:
        """``partition:offset`` on the DLQ."""
        return f"{self.partition}:{self.record.offset}"


async def waiting_offsets(stream: Stream, source: str) -> dict[int, tuple[int, int]]:
    """The first waiting record of a topic's DLQ and the end, by partition."""
    dlq = source + DLQ_SUFFIX
    committed = await stream.log.committed(GROUP)
    return {
        partition: (max(first, committed.get((dlq, partition), 0)), end)
        for partition, (first, end) in (await stream.log.offsets(dlq)).items()
    }


async def read_waiting(
    stream: Quarantine, source: str, limit: int, after: tuple[int, int] | None = None
) -> list[Quarantined]:
    """Up to ``limit`` waiting records, partition by partition; those after a partition and offset."""
    found: list[Quarantined] = []
    for partition, (offset, end) in sorted((await waiting_offsets(stream, source)).items()):
        if after is not None:
            if partition < after[0]:
                continue
            if partition == after[0]:
                offset = max(offset, after[1] + 1)
        async for part in read_quarantined(stream, source, partition, offset, end, limit - len(found)):
            found += part
    return found


async def read_quarantined(
    stream: Quarantine, source: str, partition: int, offset: int, end: int, limit: int | None = None
) -> AsyncIterator[list[Quarantined]]:
    """The records of a partition of a topic's DLQ from ``offset`` up to ``end``, at most ``limit``, some hundreds at once."""
    dlq, left = source + DLQ_SUFFIX, end - offset if limit is None else limit
    removed = frozenset(await stream.operational.removals.removed())
    while offset < end and left > 0:
        records = await stream.log.read(dlq, partition, offset, min(left, _AT_ONCE))
        if not records:
            break
        found = [Quarantined(partition, record) for record in records if record.offset < end]
        erased = await stream.operational.erased_origins.among({one.origin for one in found})
        if found:
            yield [
                _without_event(one) if one.origin in erased or one.project in removed else one
                for one in found
            ]
        left, offset = left - len(found), records[-1].offset + 1


def _without_event(quarantined: Quarantined) -> Quarantined:
    record = quarantined.record
    headers = [(name, value) for name, value in record.headers if name in _LEFT_OF_ERASED]
    stripped = record._replace(key=None, value=None, headers=[*headers, _ERASED])
    return Quarantined(quarantined.partition, stripped, erased=True)
