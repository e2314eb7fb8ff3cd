"""What a Faust app declares of a topic, as a configuration of the embedded log."""

from collections.abc import Mapping
from typing import Any

from mode.utils.times import Seconds, want_seconds

from embedded.log import TopicConfig


def topic_config(
    retention: Seconds | None = None,
    compacting: bool | None = None,
    deleting: bool | None = None,
    config: Mapping[str, Any] | None = None,
) -> TopicConfig:
    """The configuration for what ``faust.Topic`` and Kafka's own names (``config``) ask for.

    Understood of ``config`` are cleanup.policy, retention.ms and retention.bytes (-1: no bound), and they win. As on Kafka, a
    topic that asks for neither compaction nor deletion is deleted from, after seven days unless it says when.
    """
    given = dict(config or {})
    policy = set(str(given.get("cleanup.policy", "")).replace(" ", "").split(",")) - {""}
    compact = "compact" in policy if policy else bool(compacting)
    delete = "delete" in policy if policy else bool(deleting) or not compact
    seconds: float | None = want_seconds(retention) if retention else TopicConfig().retention
    if "retention.ms" in given:
        seconds = _bound(given["retention.ms"], 1000.0)
    size = _bound(given.get("retention.bytes", -1), 1)
    return TopicConfig(seconds, None if size is None else int(size), compact, delete)


def _bound(value: Any, unit: float) -> float | None:
    return None if int(value) < 0 else int(value) / unit
