"""Token buckets in this process. Pure but for its own state."""

from collections.abc import Callable, Sequence

from stores.ports import Bucket, Shortage

_MOST = 10_000
"""Buckets after which those that are full again are forgotten: anybody may have a bucket made, by an address of theirs."""


class _Level:
    __slots__ = ("full", "tokens", "updated")

    def __init__(self, tokens: float, updated: float) -> None:
        self.tokens = tokens
        self.updated = updated
        self.full = updated
        """When it is full again."""


class LocalLimits:
    """``RateLimits`` of one process. ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._levels: dict[tuple[str, int], _Level] = {}
        self._most = _MOST

    async def take(self, buckets: Sequence[Bucket], tokens: int) -> Shortage | None:
        """Take tokens of each bucket, or of none."""
        now = self._clock()
        if len(self._levels) > self._most:
            self._forget_full(now)
        levels = []
        for bucket in buckets:
            level = self._filled(bucket, now)
            if level.tokens < 1:
                return Shortage(bucket, level.tokens)
            levels.append(level)
        for bucket, level in zip(buckets, levels, strict=True):
            level.tokens -= tokens
            level.full = now + (bucket.capacity - level.tokens) / bucket.rate
        return None

    def _forget_full(self, now: float) -> None:
        self._levels = {key: level for key, level in self._levels.items() if level.full > now}
        # Never looked through more often than it doubles: each bucket costs a constant.
        self._most = max(_MOST, 2 * len(self._levels))

    def _filled(self, bucket: Bucket, now: float) -> _Level:
        level = self._levels.get((bucket.scope, bucket.id))
        if level is None:
            level = self._levels[bucket.scope, bucket.id] = _Level(bucket.capacity, now)
        # The clock may be set back; then a bucket just does not fill for a moment.
        level.tokens = min(bucket.capacity, level.tokens + max(0.0, now - level.updated) * bucket.rate)
        level.updated = now
        return level
