"""What has been counted for one scope of one rule, by buckets of event time."""

from typing import Protocol

import msgspec

from agents.count.sketch import EMPTY, Sketch

#: Buckets of one page, the piece in which a tally is stored.
EVENTS_PAGE = 64
USERS_PAGE = 1


class Tally(Protocol):
    """Counts by bucket; a bucket is named by the second at which it begins, a multiple of ``width``."""

    width: int
    #: The latest bucket in which there is anything.
    last: int | None

    def between(self, start: int, end: int) -> float:
        """What was counted in the buckets from ``start`` up to, and without, ``end``."""

    def page_of(self, bucket: int) -> int:
        """The page to which a bucket belongs."""

    def encode(self, page: int) -> bytes:
        """A page's buckets."""

    def load(self, encoded: bytes) -> None:
        """Put a page's buckets in their places."""

    def drop_before(self, bucket: int) -> set[int]:
        """Forget earlier pages; returns them."""


class EventTally:
    """Counts events."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.last: int | None = None
        self._page = width * EVENTS_PAGE
        self._pages: dict[int, dict[int, int]] = {}
        # The sum of the span that was asked for last. It grows with its buckets, so that asking anew costs nothing.
        self._sum = (0, 0, 0)

    def add(self, bucket: int, user: int | None = None, times: int = 1) -> None:
        """As ``Tally``; ``times`` for several events at once."""
        if self.last is None or bucket > self.last:
            self.last = bucket
        page = self._pages.setdefault(bucket // self._page, {})
        page[bucket] = page.get(bucket, 0) + times
        start, end, total = self._sum
        if start <= bucket < end:
            self._sum = start, end, total + times

    def between(self, start: int, end: int) -> float:
        """As ``Tally``."""
        known_start, known_end, total = self._sum
        if (start, end) != (known_start, known_end):
            total = sum(
                count
                for number, page in self._pages.items()
                if start < (number + 1) * self._page and number * self._page < end
                for bucket, count in page.items()
                if start <= bucket < end
            )
            self._sum = start, end, total
        return total

    def page_of(self, bucket: int) -> int:
        """As ``Tally``."""
        return bucket // self._page

    def encode(self, page: int) -> bytes:
        """As ``Tally``: msgpack of a map."""
        return _encode(self._pages.get(page, {}))

    def load(self, encoded: bytes) -> None:
        """As ``Tally``."""
        for bucket, count in _decode_counts(encoded).items():
            self._pages.setdefault(bucket // self._page, {})[bucket] = count
        self._recall()

    def drop_before(self, bucket: int) -> set[int]:
        """As ``Tally``."""
        kept = self.page_of(bucket)
        old = {page for page in self._pages if page < kept}
        for page in old:
            del self._pages[page]
        if old:
            self._recall()
        return old

    def _recall(self) -> None:
        self.last = max((bucket for page in self._pages.values() for bucket in page), default=None)
        self._sum = 0, 0, 0


class UserTally:
    """Counts different users."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._sketches: dict[int, Sketch] = {}
        self.last: int | None = None

    def add(self, bucket: int, user: int | None) -> None:
        """As ``Tally``. An event without a user counts for nothing, but its time does."""
        if self.last is None or bucket > self.last:
            self.last = bucket
        self._sketches[bucket] = self._sketches.get(bucket, EMPTY).add(() if user is None else (user,))

    def between(self, start: int, end: int) -> float:
        """As ``Tally``."""
        merged = EMPTY
        for bucket in range(start, end, self.width):
            if sketch := self._sketches.get(bucket):
                merged = merged.merge(sketch)
        return merged.count

    def page_of(self, bucket: int) -> int:
        """As ``Tally``."""
        return bucket // (self.width * USERS_PAGE)

    def encode(self, page: int) -> bytes:
        """As ``Tally``: msgpack of bucket and sketch."""
        bucket = page * self.width
        sketch = self._sketches.get(bucket)
        return _encode({} if sketch is None else {bucket: sketch.encode()})

    def load(self, encoded: bytes) -> None:
        """As ``Tally``."""
        for bucket, sketch in _decode_sketches(encoded).items():
            self._sketches[bucket] = Sketch.decode(sketch)
        self.last = max(self._sketches, default=None)

    def drop_before(self, bucket: int) -> set[int]:
        """As ``Tally``."""
        old = [b for b in self._sketches if b < bucket]
        for b in old:
            del self._sketches[b]
        self.last = max(self._sketches, default=None)
        return {self.page_of(b) for b in old}


_encode = msgspec.msgpack.Encoder().encode
_decode_counts = msgspec.msgpack.Decoder(dict[int, int]).decode
_decode_sketches = msgspec.msgpack.Decoder(dict[int, bytes]).decode
