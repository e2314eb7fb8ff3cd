"""A Kafka cluster: one broker, or several that replicate to one another; each is a controller too."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from infra.servers.cache import run
from infra.servers.kafka.properties import (
    CONTROLLER,
    MUTUAL_TLS,
    PLAIN,
    SCRAM,
    Broker,
    broker_properties,
)
from infra.servers.kafka.security import KafkaSecurity
from infra.servers.maven import jars
from infra.servers.ports import free_port
from infra.servers.process import ServerProcess
from infra.servers.server import Server

_HERE = Path(__file__).parent
_START_TIMEOUT = 90.0
#: What a broker logs once it has caught up with the quorum's metadata and serves requests.
_READY = "Kafka Server started"


class Kafka(Server):
    """A KRaft cluster on 127.0.0.1. From three brokers on, writes with ``acks=all`` need two copies."""

    name: ClassVar[str] = "kafka"

    def __init__(self, folder: Path, brokers: int = 1, security: KafkaSecurity | None = None) -> None:
        """``brokers`` are numbered from 1. With ``security`` each also listens with SCRAM over TLS and with mutual TLS."""
        super().__init__(folder)
        self.security = security
        listeners = [PLAIN, CONTROLLER] + ([SCRAM, MUTUAL_TLS] if security else [])
        self._brokers = [
            Broker(number, {name: free_port() for name in listeners}, folder / f"broker-{number}")
            for number in range(1, brokers + 1)
        ]
        self._heap = "512m" if brokers == 1 else "320m"
        self._processes: dict[int, ServerProcess] = {}

    @property
    def brokers(self) -> list[int]:
        """The numbers of the brokers."""
        return [broker.number for broker in self._brokers]

    @property
    def addresses(self) -> str:
        """``host:port`` of each broker, separated by commas, without encryption."""
        return self._addresses(PLAIN)

    @property
    def scram_addresses(self) -> str:
        """Those of the listeners with SCRAM-SHA-512 over TLS."""
        return self._addresses(SCRAM)

    @property
    def mutual_tls_addresses(self) -> str:
        """Those of the listeners that ask clients for a certificate."""
        return self._addresses(MUTUAL_TLS)

    @classmethod
    def prepare(cls) -> Path:
        return jars("kafka", _HERE)

    def start(self) -> None:
        if not self._processes:
            self._make_processes(self.prepare())
        started = [process for process in self._processes.values() if not process.running]
        for process in started:
            process.start()
        for process in started:
            self._wait_ready(process)

    def stop(self) -> None:
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            process.end()

    def kill(self, broker: int = 1) -> None:
        """SIGKILL one broker."""
        self._processes[broker].kill()

    def restart(self, broker: int = 1) -> None:
        """Start one broker again on the same ports and data; stops it first when it runs."""
        process = self._processes[broker]
        process.terminate()
        process.end()
        process.start()
        self._wait_ready(process)

    @property
    def running(self) -> bool:
        return bool(self._processes) and all(process.running for process in self._processes.values())

    @property
    def process_ids(self) -> list[int]:
        return [process.pid for process in self._processes.values() if process.running]

    def environment(self) -> Mapping[str, str]:
        return {"STACKTIDE_KAFKA": self.addresses}

    def _addresses(self, listener: str) -> str:
        return ",".join(f"127.0.0.1:{broker.ports[listener]}" for broker in self._brokers)

    def _wait_ready(self, process: ServerProcess) -> None:
        process.wait_ready(lambda: process.logged(_READY), _START_TIMEOUT)

    def _make_processes(self, libraries: Path) -> None:
        # The first byte keeps the id from beginning with a hyphen, which the tools would take for an option.
        cluster = base64.urlsafe_b64encode(b"\0" + os.urandom(15)).rstrip(b"=").decode()
        java = ["java", "-cp", f"{libraries}/*", f"-Dlog4j2.configurationFile={_HERE}/log4j2.properties"]
        java += [f"-Xmx{self._heap}", "-XX:+UseSerialGC", "-XX:-UsePerfData"]
        for broker in self._brokers:
            configuration = self._format(java, cluster, broker)
            self._processes[broker.number] = ServerProcess(
                f"kafka-{broker.number}", [*java, "kafka.Kafka", str(configuration)], broker.folder
            )

    def _format(self, java: list[str], cluster: str, broker: Broker) -> Path:
        broker.folder.mkdir(parents=True, exist_ok=True)
        configuration = broker.folder / "server.properties"
        configuration.write_text(broker_properties(broker, self._brokers, self.security))
        command = [*java, "-XX:TieredStopAtLevel=1", "kafka.tools.StorageTool", "format"]
        command += ["--cluster-id", cluster, "--config", str(configuration)]
        if self.security:
            user = f"[name={self.security.user},password={self.security.password}]"
            command += ["--add-scram", f"SCRAM-SHA-512={user}"]
        run(command, broker.folder)
        return configuration
