"""Rate limits: token buckets in this process, or in Redis for all processes together."""

from stores.limits.local import LocalLimits
from stores.limits.redis import EDGE_TIMEOUT, RedisLimits, open_limits

__all__ = ["EDGE_TIMEOUT", "LocalLimits", "RedisLimits", "open_limits"]
