"""Kafka's errors as those of the port ``Log``."""

from aiokafka import errors as kafka

from cluster.connection import why_refused
from settings import Settings
from stores.errors import StoreError, StoreRejected, StoreUnavailable

#: Sending the same again cannot help.
_PERMANENT = (
    kafka.MessageSizeTooLargeError,
    kafka.RecordListTooLargeError,
    kafka.InvalidTopicError,
    kafka.TopicAuthorizationFailedError,
    kafka.InvalidReplicationFactorError,
    kafka.PolicyViolationError,
)


def log_error(error: BaseException, doing: str) -> StoreError:
    """The error for what Kafka answered when ``doing`` something."""
    reason = f"Kafka failed {doing}: {type(error).__name__}: {error}"
    return StoreRejected(reason) if isinstance(error, _PERMANENT) else StoreUnavailable(reason)


async def connection_error(error: BaseException, settings: Settings) -> StoreError:
    """The error for a client that could not connect, with the reason of the first broker that refused."""
    reason = await why_refused(settings)
    return StoreUnavailable(
        f"Kafka cannot be reached: {reason}" if reason else str(log_error(error, "to connect"))
    )
