"""Rate limits of keys and projects: token buckets in this process. Pure but for its own state."""

import math

from ingest.errors import RateLimited
from settings import Settings
from stores.ports import ProjectKey


class _Bucket:
    __slots__ = ("tokens", "updated")

    def __init__(self, tokens: float, updated: float) -> None:
        self.tokens = tokens
        self.updated = updated


class RateLimiter:
    """Token buckets: each fills at its rate, and holds at most ``rate_limit_burst`` seconds' worth.

    A request passes when there is at least one token, and takes one for each of its events, if need be on
    credit: so a batch larger than the bucket is delayed rather than refused for ever, and the rate holds over
    time.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._buckets: dict[tuple[str, int], _Bucket] = {}

    def take(self, key: ProjectKey, events: int, now: float) -> None:
        """Let ``events`` events of a key pass at ``now`` (Unix seconds).

        Raises:
            RateLimited: the key's or the project's bucket is empty; nothing was taken.
        """
        settings = self._settings
        key_rate = settings.key_rate_limit if key.rate_limit is None else key.rate_limit
        project_rate = (
            settings.project_rate_limit if key.project_rate_limit is None else key.project_rate_limit
        )
        if not key_rate and not project_rate:
            return
        buckets = []
        for scope, identity, rate in (("key", key.key_id, key_rate), ("project", key.project, project_rate)):
            if rate:
                bucket = self._filled(scope, identity, rate, now)
                if bucket.tokens < 1:
                    raise _limited(scope, rate, bucket.tokens, events)
                buckets.append(bucket)
        for bucket in buckets:
            bucket.tokens -= events

    def _filled(self, scope: str, identity: int, rate: float, now: float) -> _Bucket:
        capacity = max(1.0, rate * self._settings.rate_limit_burst)
        bucket = self._buckets.get((scope, identity))
        if bucket is None:
            bucket = self._buckets[scope, identity] = _Bucket(capacity, now)
        # The clock may be set back; then a bucket just does not fill for a moment.
        bucket.tokens = min(capacity, bucket.tokens + max(0.0, now - bucket.updated) * rate)
        bucket.updated = now
        return bucket


def _limited(scope: str, rate: float, tokens: float, events: int) -> RateLimited:
    retry_after = max(1, math.ceil((1 - tokens) / rate))
    return RateLimited(
        f"{scope}_rate_limit",
        f"The {scope} may send {rate:g} events per second. Send this again in {retry_after} s.",
        retry_after=retry_after,
        scope=scope,
        quantity=events,
    )
