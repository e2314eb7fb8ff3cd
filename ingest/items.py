"""Which items of an envelope are kept, and which category each belongs to. Pure.

Categories are Sentry's data categories, as SDKs map their item types to them (sentry-javascript
``packages/core/src/utils/envelope.ts``, sentry-python ``sentry_sdk/envelope.py``); limits are given in these
words.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

EVENT = "event"
CLIENT_REPORT = "client_report"

CATEGORIES = {
    "event": "error",
    "security": "security",
    "raw_security": "security",
    "client_report": "internal",
    "transaction": "transaction",
    "span": "span",
    "profile": "profile",
    "profile_chunk": "profile_chunk",
    "replay_event": "replay",
    "replay_recording": "replay",
    "replay_video": "replay",
    "session": "session",
    "sessions": "session",
    "log": "log_item",
    "trace_metric": "trace_metric",
    "metric": "metric_bucket",
    "metric_buckets": "metric_bucket",
    "metric_meta": "metric_bucket",
    "statsd": "metric_bucket",
    "check_in": "monitor",
    "attachment": "attachment",
    "feedback": "feedback",
    "user_report": "feedback",
    "form_data": "attachment",
}
"""Category by item type."""

VOLUMINOUS = (
    "transaction",
    "span",
    "profile",
    "profile_chunk",
    "replay",
    "log_item",
    "log_byte",
    "trace_metric",
    "metric_bucket",
    "attachment",
)
"""Categories that SDKs send in large numbers or sizes and that are not kept: SDKs are told not to send
them.
"""

UNSUPPORTED_LIMIT = f"60:{';'.join(VOLUMINOUS)}:organization:unsupported"
"""``X-Sentry-Rate-Limits`` that stops SDKs for a minute from sending what is not kept. It never names
``error``.
"""

DISCARD_REASONS = frozenset(
    {
        "backpressure",
        "before_send",
        "buffer_overflow",
        "cache_overflow",
        "callback_error",
        "event_processor",
        "ignored",
        "insufficient_data",
        "internal_sdk_error",
        "invalid",
        "network_error",
        "no_parent_span",
        "queue_overflow",
        "ratelimit_backoff",
        "sample_rate",
        "send_error",
        "too_big",
    }
)
"""Why SDKs drop events by themselves (develop.sentry.dev/sdk/telemetry/client-reports/, and what SDKs add to
it in their sources). Others are counted as ``other``: a reason is a label of a metric, and clients must not
be able to make up labels.
"""

_MAX_QUANTITY = 1_000_000_000
_MAX_DISCARDS = 1000


class Discard(NamedTuple):
    """Events that a client dropped by itself."""

    reason: str
    category: str
    quantity: int


class _Discarded(msgspec.Struct, frozen=True):
    reason: Any = None
    category: Any = None
    quantity: Any = None


class _ClientReport(msgspec.Struct, frozen=True):
    discarded_events: list[_Discarded] = []


_client_report = msgspec.json.Decoder(_ClientReport)
_KNOWN_CATEGORIES = frozenset(CATEGORIES.values()) | {
    "crash",
    "default",
    "log_byte",
    "profile_duration",
    "span_indexed",
    "trace_metric_byte",
}


def category_of(item_type: str) -> str:
    """The category of an item type, ``unknown`` for one that is not known."""
    return CATEGORIES.get(item_type, "unknown")


def unsupported_reason(item_type: str) -> str:
    """The reason that stands in the outcome of an item that is not kept."""
    return item_type if item_type in CATEGORIES else "unknown_item_type"


def quantity_of(item_count: object) -> int:
    """How many things an item stands for: its ``item_count`` if that is a plausible number, else 1."""
    if isinstance(item_count, int) and 0 < item_count <= _MAX_QUANTITY:
        return item_count
    return 1


def discards(payload: bytes | memoryview) -> Iterator[Discard]:
    """What a client report says; entries that make no sense are skipped.

    Raises:
        ValueError: it is not a client report.
    """
    try:
        report = _client_report.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not a client report: {error}") from error
    for entry in report.discarded_events[:_MAX_DISCARDS]:
        if isinstance(entry.quantity, int) and 0 < entry.quantity <= _MAX_QUANTITY:
            reason, category = str(entry.reason), str(entry.category)
            yield Discard(
                reason if reason in DISCARD_REASONS else "other",
                category if category in _KNOWN_CATEGORIES else "unknown",
                entry.quantity,
            )
