"""A segment: one file of frames, covering the offsets from its base to the next segment's base.

``<base>.log`` is a segment as it was appended; ``<base>-<end>.<n>.log`` is one that compaction wrote in place of all segments
that began between base and end. Offsets have 20 digits, and ``n`` counts how often the range was compacted; a name is never
used twice, so a reader that finds its file gone looks the offset up again.
"""

import os
import re
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from embedded.log.errors import LogCorrupt
from embedded.log.files import read_all
from embedded.log.frames import HEADER, BadFrame, FrameHeader, check_frame, decode_header, decode_records
from stores.ports import StoredRecord

#: Distance of the sparse index's entries, and of the reads of headers, in bytes.
INDEX_BYTES = 64 * 1024
#: Bytes of one read from the disk; a larger frame is read whole.
READ_BYTES = 1024 * 1024

_NAME = re.compile(r"(\d{20})(?:-(\d{20})\.(\d+))?\.log")


class Scan(NamedTuple):
    """What the headers of a segment say. ``frames`` holds (offset, position) of a frame about every 64 KiB."""

    frames: list[tuple[int, int]]
    first_appended: float
    last_appended: float


class Segment:
    """One segment file. ``size`` counts the durable bytes; ``compactions`` how often its range was compacted."""

    __slots__ = (
        "base",
        "compactions",
        "covers",
        "first_appended",
        "index",
        "last_appended",
        "path",
        "size",
        "unscanned",
    )

    def __init__(self, path: Path, base: int, covers: int = 0, compactions: int = 0, size: int = 0) -> None:
        self.path = path
        self.base = base
        self.covers = covers
        self.compactions = compactions
        self.size = size
        self.index: list[tuple[int, int]] = []
        self.unscanned = size
        self.first_appended = 0.0
        self.last_appended = 0.0

    @classmethod
    def create(cls, folder: Path, base: int) -> "Segment":
        """A new segment's description; its file is made with the first write."""
        return cls(folder / f"{base:020}.log", base)

    @classmethod
    def find(cls, path: Path) -> "Segment | None":
        """The description of an existing file, or None where the file is not a segment."""
        if not (match := _NAME.fullmatch(path.name)):
            return None
        base, covers, compactions = match.groups()
        return cls(path, int(base), int(covers or 0), int(compactions or 0), path.stat().st_size)

    def note_frame(self, header: FrameHeader, position: int) -> None:
        """Enter an appended frame into the index."""
        if not self.index or position - self.index[-1][1] >= INDEX_BYTES:
            self.index.append((header.first, position))
        if not self.size:
            self.first_appended = header.appended
        self.last_appended = header.appended
        self.size = position + header.size

    def note_scan(self, scan: Scan) -> None:
        """Enter what was scanned of the part that was there when the log was opened."""
        if self.unscanned:
            self.index[:0] = scan.frames
            self.first_appended = scan.first_appended
            self.last_appended = max(self.last_appended, scan.last_appended)
            self.unscanned = 0

    def position_of(self, offset: int) -> int:
        """Where to begin to read for an offset."""
        found = bisect_right(self.index, (offset, self.size)) - 1
        return self.index[found][1] if found >= 0 else 0

    def scan(self, until: int) -> Scan:
        """Read the headers of the first ``until`` bytes.

        Raises:
            LogCorrupt: they are not frames.
            FileNotFoundError: retention or compaction removed the file.
        """
        index: list[tuple[int, int]] = []
        first_appended = last_appended = 0.0
        fd = os.open(self.path, os.O_RDONLY)
        try:
            for header, position in self._headers(fd, until):
                if not index or position - index[-1][1] >= INDEX_BYTES:
                    index.append((header.first, position))
                first_appended = first_appended or header.appended
                last_appended = header.appended
        finally:
            os.close(fd)
        return Scan(index, first_appended, last_appended)

    def _headers(self, fd: int, until: int) -> Iterator[tuple[FrameHeader, int]]:
        position, chunk, start = 0, b"", 0
        while position < until:
            if position + HEADER.size > start + len(chunk):
                chunk, start = read_all(fd, min(INDEX_BYTES, until - position), position), position
            try:
                header = decode_header(chunk, position - start)
            except BadFrame as error:
                raise self.corrupt(position, error) from error
            yield header, position
            position += header.size

    def frames(self, position: int, until: int) -> Iterator[tuple[FrameHeader, memoryview]]:
        """Checked frames from a position on, up to ``until`` bytes of the file.

        Raises:
            LogCorrupt: one is damaged.
            FileNotFoundError: retention or compaction removed the file.
        """
        fd = os.open(self.path, os.O_RDONLY)
        try:
            chunk, start = memoryview(b""), position
            while position < until:
                relative = position - start
                try:
                    header = decode_header(chunk, relative) if relative + HEADER.size <= len(chunk) else None
                    if header is None or relative + header.size > len(chunk):
                        wanted = max(READ_BYTES, header.size if header else 0)
                        chunk = memoryview(read_all(fd, min(wanted, until - position), position))
                        start, relative = position, 0
                        header = decode_header(chunk)
                        if header.size > len(chunk) and position + header.size <= until:
                            chunk = memoryview(read_all(fd, header.size, position))
                    frame = chunk[relative : relative + header.size]
                    check_frame(header, frame)
                except BadFrame as error:
                    raise self.corrupt(position, error) from error
                yield header, frame
                position += header.size
        finally:
            os.close(fd)

    def read(
        self, offset: int, limit: int, position: int, until: int, limit_bytes: int = READ_BYTES
    ) -> list[StoredRecord]:
        """Up to ``limit`` records at or after ``offset``, about ``limit_bytes`` of them; at least one if there is any.

        Raises:
            LogCorrupt: a frame is damaged.
            FileNotFoundError: retention or compaction removed the file.
        """
        records: list[StoredRecord] = []
        size = 0
        for header, frame in self.frames(position, until):
            if header.last < offset:
                continue
            decoded = self.decode(frame, position)
            if header.first < offset:
                decoded = [record for record in decoded if record.offset >= offset]
            records += decoded
            size += header.size
            if len(records) >= limit or size >= limit_bytes:
                break
        return records[:limit]

    def decode(self, frame: memoryview, position: int) -> list[StoredRecord]:
        """The records of a checked frame.

        Raises:
            LogCorrupt: they are not of this format.
        """
        try:
            return decode_records(frame)
        except BadFrame as error:
            raise self.corrupt(position, error) from error

    def good_end(self, position: int, next_offset: int) -> tuple[int, int]:
        """Where the undamaged frames from ``position`` on end, and the offset that follows them.

        Used on the newest segment when the log is opened: what lies beyond was being written when the machine or the process
        stopped, and had not been acknowledged.
        """
        fd = os.open(self.path, os.O_RDONLY)
        try:
            while position < self.size:
                try:
                    header = decode_header(read_all(fd, HEADER.size, position))
                    if position + header.size > self.size or header.first < next_offset:
                        break
                    check_frame(header, read_all(fd, header.size, position))
                except BadFrame:
                    break
                position += header.size
                next_offset = header.last + 1
                self.last_appended = header.appended
        finally:
            os.close(fd)
        return position, next_offset

    def corrupt(self, position: int, error: Exception) -> LogCorrupt:
        """The error for a damaged place in this file."""
        return LogCorrupt(
            f"{self.path} is damaged at byte {position}: {error}. The disk may be failing; restore the file from a backup, "
            "or move it away to lose the records in it and go on."
        )


def live_segments(folder: Path) -> tuple[list[Segment], list[Path]]:
    """The segments of a partition in the order of their offsets, and the files that a crash left to be removed.

    Where a compacted segment covers others that were not yet removed, it alone counts.
    """
    found: list[Segment] = []
    leftovers: list[Path] = []
    for path in folder.iterdir() if folder.is_dir() else ():
        segment = Segment.find(path)
        if segment is not None:
            found.append(segment)
        elif path.name.endswith(".tmp"):
            leftovers.append(path)
    found.sort(key=lambda segment: (segment.base, -segment.compactions))
    live: list[Segment] = []
    for segment in found:
        if live and (segment.base < live[-1].covers or segment.base == live[-1].base):
            leftovers.append(segment.path)
        else:
            live.append(segment)
    return live, leftovers
