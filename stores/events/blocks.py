"""Rows as ClickHouse takes them in."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import msgspec

_encode = msgspec.msgpack.Encoder().encode


def msgpack_block(rows: Sequence[Sequence[Any]]) -> memoryview:
    """Rows in ClickHouse's MsgPack format: all values one after the other.

    Measured the fastest of its input formats from Python, at about half of Native's cost: it is one call into C for the
    whole block. MessagePack calls the values an array; its header is cut off.

    Raises:
        TypeError, ValueError: a value has no MessagePack form.
    """
    values = list(chain.from_iterable(rows))
    # Array headers of the MessagePack specification: fixarray, array 16, array 32.
    header = 1 if len(values) < 16 else 3 if len(values) < 65_536 else 5
    return memoryview(_encode(values))[header:]
