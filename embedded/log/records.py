"""What the log takes for a record."""

from collections.abc import Sequence

from stores.errors import StoreRejected
from stores.ports import LogRecord

#: Most bytes of one record's key and value.
RECORD_BYTES = 64 * 1024 * 1024


def size_of(records: Sequence[LogRecord]) -> int:
    """Bytes of keys and values.

    Raises:
        StoreRejected: a record is not made of bytes, or is too large. Once written it could not be read again.
    """
    total = 0
    for key, value, headers in records:
        size = 0
        for part in (key, value):
            if part is not None:
                if type(part) is not bytes:
                    raise StoreRejected(f"Keys and values are bytes or None, not {type(part).__name__}.")
                size += len(part)
        for name, content in headers:
            if type(content) is not bytes or type(name) is not str:
                raise StoreRejected(f"Headers are pairs of str and bytes; {name!r} is not.")
        if size > RECORD_BYTES:
            raise StoreRejected(f"A record of {size} bytes is too large: it may have {RECORD_BYTES}.")
        total += size
    return total
