"""Apache Kafka in KRaft mode."""

from infra.servers.kafka.security import KafkaSecurity
from infra.servers.kafka.server import Kafka

__all__ = ["Kafka", "KafkaSecurity"]
