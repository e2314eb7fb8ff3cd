"""Declarations of the topics, one YAML file each."""

from topics.registry import (
    DLQ_SUFFIX,
    EVENT_PARTITIONS,
    TopicDeclaration,
    TopicPlan,
    consumed_topics,
    declared_topics,
    planned_topics,
)

__all__ = [
    "DLQ_SUFFIX",
    "EVENT_PARTITIONS",
    "TopicDeclaration",
    "TopicPlan",
    "consumed_topics",
    "declared_topics",
    "planned_topics",
]
