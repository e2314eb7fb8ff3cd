"""The AsyncAPI document (3.0): every topic, who writes and who reads it, and what its records are."""

from functools import cache
from importlib.metadata import version
from typing import Any

from schemas.catalogue import SCHEMAS, schemas_of
from topics import TopicDeclaration, declared_topics

_PUBLIC = "alerts-evaluated"


@cache
def asyncapi() -> dict[str, Any]:
    """The document, from the topics' YAML files and the Structs of their values."""
    topics = declared_topics().values()
    messages, components = schemas_of(SCHEMAS, "#/components/schemas/{name}")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Stacktide",
            "version": version("stacktide"),
            "description": f"The topics of the log. {_PUBLIC} is a public contract; the others may change with each version.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in topics},
        "operations": {
            f"{part}-{action}-{topic.name}": _operation(topic, action)
            for topic in topics
            for action, parts in (
                ("send", [name.strip() for name in topic.producer.split(",")]),
                ("receive", [*topic.consumers, *topic.followers]),
            )
            for part in parts
        },
        "components": {
            "messages": {name: {"name": name, "payload": payload} for name, payload in messages.items()}
            | {"bytes": {"name": "bytes", "contentType": "application/octet-stream"}},
            "schemas": components,
        },
    }


def _channel(topic: TopicDeclaration) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": f"{topic.description} Key: {topic.key}.",
        "messages": {topic.value: {"$ref": f"#/components/messages/{topic.value}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": ["compact" if topic.compacted else "delete"],
                    **({} if topic.retention is None else {"retention.ms": int(topic.retention * 1000)}),
                },
            }
        },
        "tags": [{"name": "public" if topic.name == _PUBLIC else "internal"}],
    }


def _operation(topic: TopicDeclaration, action: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{topic.name}"}}
