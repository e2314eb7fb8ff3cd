"""The newest records of each partition, decoded, so that a consumer at the tail touches neither the disk nor the decoder."""

from collections import deque

from stores.ports import StoredRecord

#: Bytes of keys and values that the caches of all partitions of a log hold together. More does not pay: a consumer at the tail
#: needs the last few groups, and every object that is held makes Python's garbage collections longer.
CACHE_BYTES = 8 * 1024 * 1024


class CacheBudget:
    """What the caches of one log may hold together. The oldest additions go first, whichever partition they belong to."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._size = 0
        self._additions: deque[tuple[PartitionCache, int, int]] = deque()

    def added(self, cache: "PartitionCache", count: int, size: int) -> None:
        """Account for an addition, and make room for it."""
        self._additions.append((cache, count, size))
        self._size += size
        while self._size > self._limit and len(self._additions) > 1:
            oldest, count, size = self._additions.popleft()
            oldest.drop(count)
            self._size -= size


class PartitionCache:
    """The newest records of one partition, without gaps. ``first`` is the offset of the oldest that is held."""

    def __init__(self, budget: CacheBudget, first: int) -> None:
        self.first = first
        self._budget = budget
        self._records: list[StoredRecord] = []

    def add(self, records: list[StoredRecord], size: int) -> None:
        """Hold records that follow those held; ``size`` is that of their keys and values, in bytes."""
        self._records += records
        self._budget.added(self, len(records), size)

    def get(self, offset: int, limit: int) -> list[StoredRecord] | None:
        """Up to ``limit`` records from ``offset`` on, or None where they are held no longer."""
        start = offset - self.first
        return self._records[start : start + limit] if start >= 0 else None

    def drop(self, count: int) -> None:
        """Let the oldest records go."""
        del self._records[:count]
        self.first += count
