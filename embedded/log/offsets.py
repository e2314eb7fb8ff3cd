"""Committed offsets: how far each consumer group got, in one file of frames that is rewritten when it has grown.

Each frame holds the offsets of one group commit, so they take effect together or not at all. The topic's generation is kept
with each offset, so that an offset on a topic that was made anew is not mistaken for one on its predecessor.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec
import structlog

from embedded.log.files import replace_file, write_all
from embedded.log.frames import HEADER, BadFrame, check_frame, decode_header, encode_frame

log = structlog.get_logger(__name__)

FILE = "offsets.log"
#: The file is rewritten once it is this large and mostly out of date.
REWRITE_BYTES = 1024 * 1024


class CommittedOffset(NamedTuple):
    """The next offset that a group is to consume of a topic partition."""

    group: str
    topic: str
    partition: int
    generation: int
    offset: int


_decoder = msgspec.msgpack.Decoder(list[CommittedOffset])


class OffsetFile:
    """The file of committed offsets."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._fd = -1
        self._size = 0
        self._rewritten_size = 0
        self._offsets: dict[tuple[str, str, int], CommittedOffset] = {}

    def open(self, read_only: bool) -> None:
        """Read the file, and cut off an unfinished write at its end."""
        data = self._path.read_bytes() if self._path.exists() else b""
        good = 0
        try:
            while good < len(data):
                header = decode_header(data, good)
                frame = memoryview(data)[good : good + header.size]
                check_frame(header, frame)
                self.apply(_decoder.decode(frame[HEADER.size :]))
                good += header.size
        except (BadFrame, msgspec.MsgspecError) as error:
            log.warning(
                "log_offsets_cut",
                file=str(self._path),
                position=good,
                bytes=len(data) - good,
                error=str(error),
            )
        if not read_only:
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            os.ftruncate(self._fd, good)
        self._size = good

    def close(self) -> None:
        """Release the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def apply(self, offsets: Iterable[CommittedOffset]) -> None:
        """Take offsets that are durable for committed."""
        for offset in offsets:
            self._offsets[offset.group, offset.topic, offset.partition] = offset

    def committed(self, group: str) -> list[CommittedOffset]:
        """All offsets of a group."""
        return [offset for offset in self._offsets.values() if offset.group == group]

    def of_partition(self, topic: str, partition: int) -> list[CommittedOffset]:
        """What each group committed of one topic partition."""
        return [
            offset
            for offset in self._offsets.values()
            if (offset.topic, offset.partition) == (topic, partition)
        ]

    def write(self, offsets: list[CommittedOffset], appended: float, fsync: bool) -> None:
        """Write offsets; the caller applies them once this has returned. Runs in a thread, one call at a time.

        Raises:
            OSError: they could not be written; the file is as it was.
        """
        if self._size > REWRITE_BYTES and self._size > 2 * self._rewritten_size:
            self._rewrite(appended)
        frame = encode_frame(offsets, 0, 0, appended)
        try:
            write_all(self._fd, frame, self._size)
            if fsync:
                os.fdatasync(self._fd)
        except OSError:
            os.ftruncate(self._fd, self._size)
            raise
        self._size += len(frame)

    def _rewrite(self, appended: float) -> None:
        frame = encode_frame(list(self._offsets.values()), 0, 0, appended)
        replace_file(self._path, frame)
        os.close(self._fd)
        self._fd = os.open(self._path, os.O_RDWR)
        self._size = self._rewritten_size = len(frame)

    @property
    def path(self) -> Path:
        """The file."""
        return self._path
