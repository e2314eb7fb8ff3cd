"""The form of an archive object: a line of JSON for each payload, in the order of offsets, the whole in zstd."""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
import zstandard

from agents.records import Incoming
from schemas.headers import Received

#: Level 3 is zstd's default: about a fifth of the size for half the time of level 6.
_LEVEL = 3
#: Most bytes that an object may unpack to: many times what the sink puts into one, so that a damaged or foreign file
#: cannot fill the memory.
MAX_OBJECT_BYTES = 256 * 1024 * 1024


class Entry(msgspec.Struct, frozen=True):
    """One archived event. ``offset`` is its own on events-fingerprinted, ``received`` is in Unix seconds, and ``payload``
    is the client's event as JSON. ``client_address`` is as it may be kept; objects of before have none."""

    offset: int
    event_id: str
    issue_id: str
    received: float
    project: int
    key_id: int
    content_type: str
    sdk: str
    protocol: str
    payload: msgspec.Raw
    client_address: str = ""

    @property
    def day(self) -> str:
        """UTC day of receipt, ``YYYY-MM-DD``."""
        return day_of(self.received)


class _Payload(msgspec.Struct, frozen=True):
    """What the archive keeps of a ``FingerprintedEvent``; the rest is skipped while decoding."""

    project: int
    issue_id: str
    received: float
    payload: msgspec.Raw


_payload = msgspec.json.Decoder(_Payload).decode
_encode_lines = msgspec.json.Encoder().encode_lines
_decode_lines = msgspec.json.Decoder(Entry).decode_lines


def entry_of(record: Incoming) -> Entry:
    """The entry for a record of events-fingerprinted.

    Raises:
        msgspec.MsgspecError: the value is not a ``FingerprintedEvent``.
        KeyError, ValueError: a header is missing or has the wrong form.
    """
    value = _payload(record.value)
    received = Received.decode(record.headers)
    return Entry(
        offset=record.position.offset,
        event_id=received.event_id,
        issue_id=value.issue_id,
        received=value.received,
        project=value.project,
        key_id=received.key_id,
        content_type=received.content_type,
        sdk=received.sdk,
        protocol=received.protocol,
        payload=one_line(value.payload),
        client_address=received.client_address,
    )


def one_line(payload: msgspec.Raw) -> msgspec.Raw:
    """The same JSON on one line: a client may have sent it with line breaks, which JSON has between values only."""
    data = bytes(payload)
    if b"\n" not in data and b"\r" not in data:
        return payload
    return msgspec.Raw(data.replace(b"\n", b" ").replace(b"\r", b" "))


def encode_object(entries: Iterable[Entry]) -> bytes:
    """An object's bytes."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(_encode_lines(entries))


def decode_object(body: bytes) -> list[Entry]:
    """The entries of an object.

    Raises:
        ValueError: not an archive object, or one that unpacks to more than ``MAX_OBJECT_BYTES``.
    """
    try:
        # The frame says how much it unpacks to: the compressor, given the whole, writes it there.
        size = zstandard.frame_content_size(body)
        if not 0 <= size <= MAX_OBJECT_BYTES:
            raise ValueError(f"not an archive object: it does not unpack to at most {MAX_OBJECT_BYTES} bytes")
        return _decode_lines(zstandard.ZstdDecompressor().decompress(body))
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise ValueError(f"not an archive object: {error}") from error


def find_entry(entries: Iterable[Entry], event_id: str) -> Entry | None:
    """The entry of an event, or None."""
    return next((entry for entry in entries if entry.event_id == event_id), None)


def day_of(received: float) -> str:
    """UTC day of a time in Unix seconds, ``YYYY-MM-DD``."""
    return datetime.fromtimestamp(received, UTC).strftime("%Y-%m-%d")
