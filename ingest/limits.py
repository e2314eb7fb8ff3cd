"""Rate limits of keys and projects: which buckets an event takes tokens from, and the refusal where one is empty."""

import math

from ingest.errors import RateLimited
from settings import Settings
from stores.ports import Bucket, ProjectKey, RateLimits, Shortage


class RateLimiter:
    """Token buckets: each fills at its rate, and holds at most ``rate_limit_burst`` seconds' worth.

    A request passes when there is at least one token, and takes one for each of its events, if need be on
    credit: so a batch larger than the bucket is delayed rather than refused for ever, and the rate holds over
    time.
    """

    def __init__(self, settings: Settings, limits: RateLimits) -> None:
        self._settings = settings
        self._limits = limits

    async def take(self, key: ProjectKey, events: int) -> None:
        """Let ``events`` events of a key pass now.

        Raises:
            RateLimited: the key's or the project's bucket is empty; nothing was taken.
        """
        buckets = self._buckets(key)
        if buckets and (shortage := await self._limits.take(buckets, events)) is not None:
            raise _limited(shortage, events)

    async def take_sessions(self, key: ProjectKey, reports: int) -> str:
        """Let ``reports`` reports of sessions pass now; returns an empty string, or, where none passed, what is to be sent in
        ``X-Sentry-Rate-Limits``. They have a rate of their own, for they must not keep errors from passing."""
        if not (rate := self._settings.session_rate_limit):
            return ""
        bucket = Bucket("sessions", key.project, rate, max(1.0, rate * self._settings.rate_limit_burst))
        shortage = await self._limits.take([bucket], reports)
        if shortage is None:
            return ""
        return f"{_retry_after(shortage)}:session:project:session_rate_limit"

    def _buckets(self, key: ProjectKey) -> list[Bucket]:
        settings = self._settings
        key_rate = settings.key_rate_limit if key.rate_limit is None else key.rate_limit
        project_rate = (
            settings.project_rate_limit if key.project_rate_limit is None else key.project_rate_limit
        )
        burst = settings.rate_limit_burst
        return [
            Bucket(scope, identity, rate, max(1.0, rate * burst))
            for scope, identity, rate in (
                ("key", key.key_id, key_rate),
                ("project", key.project, project_rate),
            )
            if rate
        ]


def _retry_after(shortage: Shortage) -> int:
    """Whole seconds until there is room for one again."""
    return max(1, math.ceil((1 - shortage.tokens) / shortage.bucket.rate))


def _limited(shortage: Shortage, events: int) -> RateLimited:
    bucket, retry_after = shortage.bucket, _retry_after(shortage)
    return RateLimited(
        f"{bucket.scope}_rate_limit",
        f"The {bucket.scope} may send {bucket.rate:g} events per second. Send this again in {retry_after} s.",
        retry_after=retry_after,
        scope=bucket.scope,
        quantity=events,
    )
