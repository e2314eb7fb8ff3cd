"""The frame: what one group commit adds to one partition, and the unit that a reader decodes.

A frame is a header and a payload. The header (little-endian, 40 bytes):

====  ==================================================
  4   ``SLG1``, the format and its version
  4   length of the payload
  4   CRC-32 of the header's bytes after this field, then of the payload (``zlib.crc32``)
  4   number of records
  8   offset of the first record
  8   offset of the last record
  8   when the frame was appended, in Unix seconds (IEEE 754 double)
====  ==================================================

The payload is a MessagePack array of records, each an array of offset, timestamp, key, value and headers. A record holds its
own offset because compaction leaves gaps.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from stores.ports import StoredRecord

MAGIC = b"SLG1"
HEADER = struct.Struct("<4sIIIQQd")
_AFTER_CRC = 12

#: Bounds of a frame: a reader decodes whole frames, so these bound what it decodes in vain.
FRAME_RECORDS = 1000
FRAME_BYTES = 512 * 1024

_encoder = msgspec.msgpack.Encoder()
_record_decoder = msgspec.msgpack.Decoder(list[StoredRecord])


class BadFrame(ValueError):
    """The bytes are not a whole, undamaged frame."""


class FrameHeader(NamedTuple):
    """A frame without its payload. ``length`` is the payload's, in bytes; ``appended`` is in Unix seconds."""

    length: int
    crc: int
    records: int
    first: int
    last: int
    appended: float

    @property
    def size(self) -> int:
        """Bytes of the whole frame."""
        return HEADER.size + self.length


def encode_frame(items: Sequence[Any], first: int, last: int, appended: float) -> bytearray:
    """A frame of records, or of any other items that MessagePack can hold."""
    frame = bytearray(HEADER.size)
    _encoder.encode_into(items, frame, HEADER.size)
    length = len(frame) - HEADER.size
    HEADER.pack_into(frame, 0, MAGIC, length, 0, len(items), first, last, appended)
    crc = zlib.crc32(memoryview(frame)[_AFTER_CRC:])
    HEADER.pack_into(frame, 0, MAGIC, length, crc, len(items), first, last, appended)
    return frame


def split_records(records: list[StoredRecord]) -> Iterator[list[StoredRecord]]:
    """The records in runs that each fit into one frame."""
    start = size = 0
    for position, record in enumerate(records):
        size += len(record.value or b"") + len(record.key or b"")
        if size >= FRAME_BYTES or position - start + 1 >= FRAME_RECORDS:
            yield records[start : position + 1]
            start, size = position + 1, 0
    if start < len(records):
        yield records[start:]


def decode_header(data: bytes | bytearray | memoryview, position: int = 0) -> FrameHeader:
    """The header at a position.

    Raises:
        BadFrame: there is none.
    """
    try:
        magic, *rest = HEADER.unpack_from(data, position)
    except struct.error as error:
        raise BadFrame("the file ends within a frame's header") from error
    if magic != MAGIC:
        raise BadFrame("there is no frame here")
    return FrameHeader(*rest)


def check_frame(header: FrameHeader, frame: bytes | memoryview) -> None:
    """See that a frame is whole and undamaged.

    Raises:
        BadFrame: it is not.
    """
    if len(frame) != header.size:
        raise BadFrame("the file ends within a frame")
    if zlib.crc32(memoryview(frame)[_AFTER_CRC:]) != header.crc:
        raise BadFrame("the checksum does not match")


def decode_records(frame: bytes | memoryview) -> list[StoredRecord]:
    """The records of a checked frame.

    Raises:
        BadFrame: the payload is not of this form.
    """
    try:
        return _record_decoder.decode(memoryview(frame)[HEADER.size :])
    except msgspec.MsgspecError as error:
        raise BadFrame(f"the payload cannot be decoded: {error}") from error
