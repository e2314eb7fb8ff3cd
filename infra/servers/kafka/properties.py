"""The configuration file of one broker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.servers.kafka.security import KafkaSecurity

PLAIN, SCRAM, MUTUAL_TLS, CONTROLLER = "PLAIN", "SCRAM", "MTLS", "CONTROLLER"

_PROTOCOLS = {PLAIN: "PLAINTEXT", SCRAM: "SASL_SSL", MUTUAL_TLS: "SSL", CONTROLLER: "PLAINTEXT"}
_SCRAM_MODULE = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


@dataclass(frozen=True, slots=True)
class Broker:
    """One broker, which is a controller too: its number from 1, the port of each listener, and its folder."""

    number: int
    ports: Mapping[str, int]
    folder: Path


def broker_properties(broker: Broker, brokers: Sequence[Broker], security: KafkaSecurity | None) -> str:
    """The properties file of ``broker`` in a cluster of ``brokers``."""
    copies = min(3, len(brokers))
    enough = 2 if len(brokers) >= 3 else 1
    clients = [name for name in broker.ports if name != CONTROLLER]
    voters = ",".join(f"{one.number}@127.0.0.1:{one.ports[CONTROLLER]}" for one in brokers)
    properties: dict[str, object] = {
        "node.id": broker.number,
        "process.roles": "broker,controller",
        "controller.quorum.voters": voters,
        "controller.listener.names": CONTROLLER,
        "inter.broker.listener.name": PLAIN,
        "listeners": _listeners(broker, list(broker.ports)),
        "advertised.listeners": _listeners(broker, clients),
        "listener.security.protocol.map": ",".join(f"{name}:{kind}" for name, kind in _PROTOCOLS.items()),
        "log.dirs": broker.folder / "data",
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": enough,
        # Few partitions: each costs files and start-up time, and the tests have few groups.
        "offsets.topic.num.partitions": 8,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.num.partitions": 4,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": enough,
        "share.coordinator.state.topic.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": enough,
        # A killed broker cannot register again before its session ends; the default of 9 s only makes tests longer.
        "broker.session.timeout.ms": 5000,
        "broker.heartbeat.interval.ms": 1000,
        # Otherwise the first member of each group waits three seconds for others.
        "group.initial.rebalance.delay.ms": 0,
        # The default buffer is 128 MB, more than half of the heap here.
        "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,
    }
    if security:
        properties |= _secured(security)
    return "".join(f"{name}={value}\n" for name, value in properties.items())


def _listeners(broker: Broker, names: Sequence[str]) -> str:
    return ",".join(f"{name}://127.0.0.1:{broker.ports[name]}" for name in names)


def _secured(security: KafkaSecurity) -> dict[str, object]:
    scram = f"listener.name.{SCRAM.lower()}"
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": security.broker_key_and_certificate,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": security.authority,
        f"listener.name.{MUTUAL_TLS.lower()}.ssl.client.auth": "required",
        f"{scram}.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        f"{scram}.scram-sha-512.sasl.jaas.config": _SCRAM_MODULE,
    }
