"""Compaction: of the records with the same key in sealed segments, only the latest is kept.

The rules are Kafka's log cleaner's: the newest segment is left alone; the order of records and their offsets stay; a record
without a value (a tombstone) removes the key, and itself goes once it has been in a compacted segment for
``TOMBSTONE_RETENTION``, so that every reader that began before has seen it. A record without a key is kept, and so is the last
one of the partition, by whose offset Faust's table recovery knows that it has reached the end.

Each output file is complete on the disk under a temporary name before it is renamed; from then on it stands for all segments
that it covers, which are removed afterwards (``segment.live_segments`` finishes that after a crash).
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from embedded.log.files import sync_folder, write_all
from embedded.log.frames import FRAME_BYTES, FRAME_RECORDS, FrameHeader, encode_frame, split_records
from embedded.log.segment import Segment
from stores.ports import StoredRecord

#: How long a tombstone stays after it was first compacted, in seconds: Kafka's ``delete.retention.ms``.
TOMBSTONE_RETENTION = 86_400.0
#: Part of the sealed bytes that must be new before they are compacted: Kafka's ``min.cleanable.dirty.ratio``.
DIRTY_RATIO = 0.5
#: Most bytes of new segments that one run takes on, which bounds the memory for their keys.
RUN_BYTES = 256 * 1024 * 1024


def worth_compacting(sealed: Sequence[Segment]) -> bool:
    """Whether enough has been sealed since the last run."""
    dirty = sum(segment.size for segment in sealed if not segment.compactions)
    return dirty > 0 and dirty >= DIRTY_RATIO * sum(segment.size for segment in sealed)


def compact(
    folder: Path, sealed: Sequence[Segment], end: int, last_offset: int, output_bytes: int, now: float
) -> list[Segment]:
    """Compact sealed segments, which cover the offsets up to ``end``, into files of about ``output_bytes``.

    ``last_offset`` is the partition's last, which is kept. Returns the segments that stand for those given; the caller then
    removes the others' files. Runs in a thread.

    Raises:
        LogCorrupt: a segment is damaged.
        OSError: there is no room; nothing has changed but for outputs already returned on the disk, which are valid.
    """
    chosen, end = _choose(sealed, end)
    latest = _latest_offsets(chosen)
    outputs: list[Segment] = []
    output = _Output(folder, chosen[0].base, 1 + max(segment.compactions for segment in chosen))
    try:
        for position, segment in enumerate(chosen):
            drop_tombstones = bool(segment.compactions) and now - _written(segment) > TOMBSTONE_RETENTION
            for header, records in _frames(segment):
                kept = [
                    record
                    for record in records
                    if record.offset == last_offset
                    or record.key is None
                    or (
                        latest.get(record.key, 0) <= record.offset
                        and not (record.value is None and drop_tombstones)
                    )
                ]
                output.add(kept, header.appended)
            following = chosen[position + 1].base if position + 1 < len(chosen) else end
            if output.size >= output_bytes or following == end:
                outputs.append(output.finish(following, now))
                if following != end:
                    output = _Output(folder, following, output.compactions)
    finally:
        output.abandon()
    return outputs


def _choose(sealed: Sequence[Segment], end: int) -> tuple[Sequence[Segment], int]:
    dirty = 0
    for position, segment in enumerate(sealed):
        dirty += 0 if segment.compactions else segment.size
        if dirty > RUN_BYTES and position + 1 < len(sealed):
            return sealed[: position + 1], sealed[position + 1].base
    return sealed, end


def _frames(segment: Segment) -> Iterator[tuple[FrameHeader, list[StoredRecord]]]:
    position = 0
    for header, frame in segment.frames(0, segment.size):
        yield header, segment.decode(frame, position)
        position += header.size


def _latest_offsets(segments: Sequence[Segment]) -> dict[bytes, int]:
    # What was compacted before holds each key once, so only what came since can supersede anything.
    return {
        record.key: record.offset
        for segment in segments
        if not segment.compactions
        for _, records in _frames(segment)
        for record in records
        if record.key is not None
    }


def _written(segment: Segment) -> float:
    return segment.path.stat().st_mtime


class _Output:
    """One file being written: records are gathered into frames of a good size."""

    def __init__(self, folder: Path, base: int, compactions: int) -> None:
        self.base = base
        self.compactions = compactions
        self.size = 0
        self._folder = folder
        self._path = folder / f"{base:020}.{compactions}.tmp"
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
        self._records: list[StoredRecord] = []
        self._records_size = 0
        self._appended = 0.0
        self._first_appended = 0.0

    def add(self, records: list[StoredRecord], appended: float) -> None:
        """Add records, whose frame was appended at that time."""
        if not records:
            return
        self._records += records
        self._records_size += sum(len(record.value or b"") for record in records)
        self._appended = appended
        self._first_appended = self._first_appended or appended
        if self._records_size > FRAME_BYTES or len(self._records) >= FRAME_RECORDS:
            self._write()

    def _write(self) -> None:
        for run in split_records(self._records):
            frame = encode_frame(run, run[0].offset, run[-1].offset, self._appended)
            write_all(self._fd, frame, self.size)
            self.size += len(frame)
        self._records, self._records_size = [], 0

    def finish(self, end: int, now: float) -> Segment:
        """Complete the file, and let it stand for the offsets from its base to ``end``."""
        self._write()
        os.fsync(self._fd)
        os.utime(self._fd, (now, now))
        os.close(self._fd)
        self._fd = -1
        path = self._folder / f"{self.base:020}-{end:020}.{self.compactions}.log"
        self._path.rename(path)
        sync_folder(self._folder)
        segment = Segment(path, self.base, end, self.compactions, self.size)
        segment.first_appended, segment.last_appended = self._first_appended, self._appended
        return segment

    def abandon(self) -> None:
        """Remove the file, unless it was finished."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            self._path.unlink()
