"""Token buckets in this process. Pure but for its own state."""

from collections.abc import Callable, Sequence

from stores.ports import Bucket, Shortage


class _Level:
    __slots__ = ("tokens", "updated")

    def __init__(self, tokens: float, updated: float) -> None:
        self.tokens = tokens
        self.updated = updated


class LocalLimits:
    """``RateLimits`` of one process. ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._levels: dict[tuple[str, int], _Level] = {}

    async def take(self, buckets: Sequence[Bucket], tokens: int) -> Shortage | None:
        """Take tokens of each bucket, or of none."""
        now = self._clock()
        levels = []
        for bucket in buckets:
            level = self._filled(bucket, now)
            if level.tokens < 1:
                return Shortage(bucket, level.tokens)
            levels.append(level)
        for level in levels:
            level.tokens -= tokens
        return None

    def _filled(self, bucket: Bucket, now: float) -> _Level:
        level = self._levels.get((bucket.scope, bucket.id))
        if level is None:
            level = self._levels[bucket.scope, bucket.id] = _Level(bucket.capacity, now)
        # The clock may be set back; then a bucket just does not fill for a moment.
        level.tokens = min(bucket.capacity, level.tokens + max(0.0, now - level.updated) * bucket.rate)
        level.updated = now
        return level
