"""Declarations of the topics, one YAML file each."""

from topics.registry import DLQ_SUFFIX, TopicDeclaration, all_topics, declared_topics

__all__ = ["DLQ_SUFFIX", "TopicDeclaration", "all_topics", "declared_topics"]
