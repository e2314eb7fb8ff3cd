"""Rate limits: token buckets in this process, or in Redis for all processes together."""

from stores.limits.local import LocalLimits
from stores.limits.redis import RedisLimits

__all__ = ["LocalLimits", "RedisLimits"]
