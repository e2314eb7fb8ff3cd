"""Topic ids: by them a topic that was deleted and made again is told from the one that it replaced.

aiokafka's own metadata request stops at version 5, before topic ids; this is version 10 of the protocol's ``Metadata``
(KIP-516), whose response is in the flexible encoding (KIP-482).
"""

import random
from collections.abc import Iterable
from io import BytesIO
from typing import Any
from uuid import UUID

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, NodeNotReadyError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

_NO_ERROR = 0
#: UNKNOWN_TOPIC_OR_PARTITION, and LEADER_NOT_AVAILABLE while the topic is being made.
_MISSING = {3, 5}
_METADATA = 3
_VERSION = 10


class _Uuid:
    """Sixteen bytes, most significant first."""

    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> UUID:
        return UUID(bytes=data.read(16))

    @classmethod
    def repr(cls, value: UUID) -> str:
        return str(value)


_TEXT = CompactString("utf-8")


class _Response(Response):  # type: ignore[misc]
    API_KEY = _METADATA
    API_VERSION = _VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT), ("tags", TaggedFields)
            ),
        ),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("topic", _TEXT),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("authorized_operations", Int32),
        ("tags", TaggedFields),
    )


class _RequestStruct(RequestStruct):  # type: ignore[misc]
    API_KEY = _METADATA
    API_VERSION = _VERSION
    RESPONSE_TYPE = _Response
    FLEXIBLE_VERSION = True
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", _TEXT), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _Request(Request[_RequestStruct]):  # type: ignore[misc]
    API_KEY = _METADATA
    ALLOW_UNKNOWN_API_VERSION = False

    def __init__(self, topics: list[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_RequestStruct]) -> Any:
        topics: list[Any] = [(UUID(int=0), topic, {}) for topic in self._topics]
        return request_struct_class(topics, False, False, False, {})


async def topic_ids(client: AIOKafkaClient, topics: Iterable[str]) -> dict[str, UUID]:
    """The ids of those of these topics that exist.

    Raises:
        KafkaError: no broker can be asked, or it refuses.
    """
    response = await _ask_any(client, _Request(sorted(topics)))
    found = {}
    for error_code, name, topic_id, *_ in response.topics:
        if error_code == _NO_ERROR:
            found[name] = topic_id
        elif error_code not in _MISSING:
            raise for_code(error_code)(f"asking for the id of {name}")
    return found


async def _ask_any(client: AIOKafkaClient, request: _Request) -> Any:
    """The answer of the first broker that gives one."""
    nodes = [broker.nodeId for broker in client.cluster.brokers()]
    failure: KafkaError = NodeNotReadyError("no broker is known")
    for node in random.sample(nodes, len(nodes)):
        try:
            return await client.send(node, request)
        except KafkaError as error:
            failure = error
    raise failure
