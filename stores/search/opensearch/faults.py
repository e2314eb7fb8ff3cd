"""What OpenSearch's errors mean: whether the same may be tried again."""

from collections.abc import Mapping
from typing import Any

from opensearchpy.exceptions import SerializationError, TransportError

from stores.errors import StoreError, StoreRejected, StoreUnavailable

#: Errors with status 400 that are about what was sent. Others with 400 are about the cluster: its limit of shards, a closed
#: index. Whatever is not known to be the document's own fault is tried again, so that no event is put aside for it.
_OWN_FAULT = {
    "illegal_argument_exception",
    "mapper_parsing_exception",
    "parse_exception",
    "parsing_exception",
    "query_shard_exception",
    "search_phase_execution_exception",
    "strict_dynamic_mapping_exception",
    "too_complex_to_determinize_exception",
    "x_content_parse_exception",
}
_BAD_REQUEST = 400
TOO_LARGE = 413


def is_refused(status: int, kind: str) -> bool:
    """Whether the same would be refused again, by the status and the ``type`` of an error."""
    return status == TOO_LARGE or (status == _BAD_REQUEST and kind in _OWN_FAULT)


def store_error(error: Exception, doing: str) -> StoreError:
    """The store's error for one of opensearch-py's, or of what is below it. ``doing`` says what was tried."""
    message = f"OpenSearch failed {doing}: {reason_of(error)}"
    if isinstance(error, SerializationError):
        return StoreRejected(message)
    if isinstance(error, TransportError) and isinstance(error.status_code, int):
        if is_refused(error.status_code, str(error.error)):
            return StoreRejected(message)
        return StoreUnavailable(f"{message} (status {error.status_code})")
    return StoreUnavailable(message)


def reason_of(error: Exception | Mapping[str, Any]) -> str:
    """The reason in an error of the client, or in the ``error`` of one item of a bulk answer; at most 500 characters."""
    if isinstance(error, Mapping):
        cause = error.get("caused_by")
        below = f": {cause.get('reason')}" if isinstance(cause, Mapping) else ""
        text = f"{error.get('type')}: {error.get('reason')}{below}"
    else:
        text = str(error).strip() or type(error).__name__
    return " ".join(text.split())[:500]
