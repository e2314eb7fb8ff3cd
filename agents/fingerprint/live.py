"""The issues that were live when a project moved to another version of grouping, in a tenth of the room of their ids.

A Bloom filter (Bloom 1970, "Space/time trade-offs in hash coding with allowable errors"): it never denies an id that was put
in. Of other ids it claims one in a hundred: an event of a bug that no one has seen yet is then grouped as the version
before would have, which does no harm.
"""

from base64 import b64decode, b64encode
from collections.abc import Collection, Iterator
from math import ceil, log

#: Most issues of one filter, which then has 160,000 characters.
MAX_LIVE = 100_000
_WRONG = 0.01
_BITS_EACH = -log(_WRONG) / log(2) ** 2
_HASHES = round(_BITS_EACH * log(2))


class LiveIssues:
    """A set of issues' ids that answers whether an id may be in it."""

    def __init__(self, bits: bytes) -> None:
        self._bits = bits

    def __contains__(self, issue_id: str) -> bool:
        bits = self._bits
        if not bits:
            return False
        return all(bits[place >> 3] >> (place & 7) & 1 for place in _places(issue_id, len(bits) * 8))


def write_live(issue_ids: Collection[str]) -> str:
    """The set of some ids (32 hex digits each), as text.

    Raises:
        ValueError: there are more than ``MAX_LIVE``.
    """
    if len(issue_ids) > MAX_LIVE:
        raise ValueError(f"{len(issue_ids)} issues are more than {MAX_LIVE}")
    bits = bytearray(ceil(len(issue_ids) * _BITS_EACH / 8))
    for issue_id in issue_ids:
        for place in _places(issue_id, len(bits) * 8):
            bits[place >> 3] |= 1 << (place & 7)
    return b64encode(bits).decode()


def read_live(text: str) -> LiveIssues:
    """The set that was written.

    Raises:
        ValueError: the text is not what ``write_live`` writes.
    """
    return LiveIssues(b64decode(text, validate=True))


def _places(issue_id: str, bits: int) -> Iterator[int]:
    # Ids are hashes already: two halves of one stand for any number of hashes (Kirsch and Mitzenmacher 2006).
    first, second = int(issue_id[:16], 16), int(issue_id[16:], 16) | 1
    return ((first + at * second) % bits for at in range(_HASHES))
