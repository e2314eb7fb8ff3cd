"""Kafka's errors as those of the port ``Log``."""

from aiokafka import errors as kafka

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
