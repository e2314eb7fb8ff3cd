"""The envelope of Sentry's protocol: a header line, then for each item a header line and its payload. Pure.

Source: develop.sentry.dev/sdk/data-model/envelopes/, and what SDKs really send (docs/protocol.md).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from ingest.errors import Malformed, TooLarge

MAX_ITEMS = 1000
"""Items in one envelope. SDKs send a few; the bound keeps a large envelope of empty items from holding the
edge.
"""

_NEWLINE = 0x0A


class EnvelopeHeader(msgspec.Struct, frozen=True):
    """What the edge looks at in an envelope's header. The client may put anything anywhere, hence Any."""

    event_id: Any = None
    dsn: Any = None
    sdk: Any = None
    sent_at: Any = None


class ItemHeader(msgspec.Struct, frozen=True):
    """What the edge looks at in an item's header. ``item_count`` is that of containers (logs, spans,
    metrics).
    """

    type: str
    length: int | None = None
    content_type: Any = None
    item_count: Any = None


class Item(NamedTuple):
    """One item; its payload is ``body[start:end]``, not copied until it is wanted."""

    header: ItemHeader
    start: int
    end: int


class Envelope(NamedTuple):
    """A parsed envelope."""

    header: EnvelopeHeader
    items: list[Item]


_envelope_header = msgspec.json.Decoder(EnvelopeHeader)
_item_header = msgspec.json.Decoder(ItemHeader)


def parse_envelope(body: bytes | bytearray) -> Envelope:
    """An envelope's header and items. Without items it is legal.

    Raises:
        Malformed: a header line is not a JSON object, an item has no type, or a length does not fit.
        TooLarge: it has more than ``MAX_ITEMS`` items.
    """
    view = memoryview(body)
    end = _line_end(body, 0)
    try:
        header = _envelope_header.decode(view[:end])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            "invalid_envelope",
            f"The first line of the envelope is not a JSON object: {error}.",
            {"offset": 0},
        ) from error
    items: list[Item] = []
    for item in _items(body, view, end + 1):
        if len(items) == MAX_ITEMS:
            raise TooLarge(
                "too_many_items",
                f"The envelope has more than {MAX_ITEMS} items. Send them in several.",
                {"limit": MAX_ITEMS},
            )
        items.append(item)
    return Envelope(header, items)


def _items(body: bytes | bytearray, view: memoryview, position: int) -> Iterator[Item]:
    size = len(body)
    while position < size:
        if body[position] == _NEWLINE:
            # Some clients end an envelope with an empty line.
            position += 1
            continue
        end = _line_end(body, position)
        try:
            header = _item_header.decode(view[position:end])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Malformed(
                "invalid_envelope",
                f"The item header at byte {position} of the envelope cannot be read: {error}.",
                {"offset": position},
            ) from error
        start = min(end + 1, size)
        stop = _payload_end(body, header, start)
        yield Item(header, start, stop)
        position = stop + 1


def _payload_end(body: bytes | bytearray, header: ItemHeader, start: int) -> int:
    if header.length is None:
        return _line_end(body, start)
    end = start + header.length
    if header.length < 0 or end > len(body):
        raise Malformed(
            "invalid_envelope",
            f"An item of type {header.type[:40]!r} says that it has {header.length} bytes, but {len(body) - start} "
            "are left in the envelope. Send the length of the payload in bytes.",
            {"offset": start, "length": header.length},
        )
    if end < len(body) and body[end] != _NEWLINE:
        raise Malformed(
            "invalid_envelope",
            f"The payload of {header.length} bytes of an item of type {header.type[:40]!r} is not followed by a line "
            "feed. Send the length of the payload in bytes, not in characters.",
            {"offset": end, "length": header.length},
        )
    return end


def _line_end(body: bytes | bytearray, position: int) -> int:
    end = body.find(b"\n", position)
    return len(body) if end < 0 else end
