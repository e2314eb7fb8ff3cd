"""The servers' own settings of the compose files, given to the same versions started bare.

Kafka's are read by the code that its image reads them with (``kafka.docker.KafkaDockerWrapper``, which is in its jar). Only
addresses and folders are others here. ClickHouse's image could not be tried: there is no bare server to give its settings to.
"""

import json
import time
import urllib.error
import urllib.request
from pathlib import Path

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from compose_files import ROOT, SEVERAL, services, variables

from benchmarks.cluster import Cluster
from benchmarks.part import Part
from infra.servers.cache import run
from infra.servers.kafka import Kafka
from infra.servers.opensearch import OpenSearch
from infra.servers.ports import free_port
from infra.servers.postgres import PostgreSQL
from infra.servers.process import ServerProcess
from infra.servers.redis import Redis
from infra.servers.s3 import S3

pytestmark = pytest.mark.servers

VALUES = {name: 2 * "AODoXEwxCyuhty1Jnmj-tA" for name, kind in variables().items() if kind == "?"}
FOUND = services(SEVERAL, VALUES)


async def test_kafka_starts_with_its_settings_and_knows_them_all(tmp_path):
    client, controller = free_port(), free_port()
    # Those of one broker, since its two companions have names that only an engine's network knows.
    environment = services(("compose.yaml",), VALUES)["kafka"]["environment"]
    given = {
        **environment,
        "KAFKA_CONTROLLER_QUORUM_VOTERS": f"1@127.0.0.1:{controller}",
        "KAFKA_LISTENERS": f"PLAINTEXT://127.0.0.1:{client},CONTROLLER://127.0.0.1:{controller}",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{client}",
        "KAFKA_LOG_DIRS": str(tmp_path / "data"),
    }
    logging = ROOT / "infra" / "servers" / "kafka" / "log4j2.properties"
    java = ["java", *environment["KAFKA_HEAP_OPTS"].split(), "-cp", f"{Kafka.prepare()}/*"]
    java += [f"-Dlog4j2.configurationFile={logging}"]
    folders = {kind: tmp_path / kind for kind in ("default", "mounted", "final")}
    for folder in folders.values():
        folder.mkdir()
    setup = [f"--{kind}-configs-dir={folder}" for kind, folder in folders.items()]
    run([*java, "kafka.docker.KafkaDockerWrapper", "setup", *setup], tmp_path, **given)
    properties = folders["final"] / "server.properties"
    broker = ServerProcess("kafka", [*java, "kafka.Kafka", str(properties)], tmp_path)
    broker.start()
    try:
        broker.wait_ready(lambda: broker.logged("Kafka Server started"), 90)
        known = await _broker_settings(f"127.0.0.1:{client}")
    finally:
        broker.terminate()
        broker.end()
    names = {line.partition("=")[0] for line in properties.read_text().splitlines() if line}
    of_several = {name for broker in ("kafka-2", "kafka-3") for name in FOUND[broker]["environment"]}
    assert of_several == set(environment)
    assert len(names) == sum(name.startswith("KAFKA_") for name in environment) - 1  # less the heap's
    assert names <= set(known)
    assert known["log.cleaner.dedupe.buffer.size"] == environment["KAFKA_LOG_CLEANER_DEDUPE_BUFFER_SIZE"]


async def _broker_settings(address: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.BROKER, "1")])
        return {entry[0]: entry[1] for *_, entries in answer.resources for entry in entries}
    finally:
        await admin.close()


class ComposedOpenSearch(OpenSearch):
    """With the settings that the image hands to its server: those whose names have a dot."""

    def _settings(self) -> str:
        given = {name: value for name, value in FOUND["opensearch"]["environment"].items() if "." in name}
        ports = {"http.port": self.port, "transport.port": self._transport_port, "network.host": "127.0.0.1"}
        return "".join(f"{name}: {json.dumps(value)}\n" for name, value in {**given, **ports}.items())


def test_opensearch_starts_with_its_settings(tmp_path):
    # It refuses to start with a setting that it does not know.
    with ComposedOpenSearch(tmp_path) as server:
        assert server.running


class ComposedPostgreSQL(PostgreSQL):
    """With the arguments of the compose file after its own."""

    def _make_process(self) -> ServerProcess:
        process = super()._make_process()
        process.command += FOUND["postgres"]["command"][1:]
        return process


async def test_postgresql_starts_with_its_settings(tmp_path):
    with ComposedPostgreSQL(tmp_path) as server:
        connection = await asyncpg.connect(server.url)
        try:
            assert await connection.fetchval("SHOW max_connections") == "200"
            assert await connection.fetchval("SHOW shared_buffers") == "64MB"
        finally:
            await connection.close()


class ComposedRedis(Redis):
    """With the arguments of the compose file alone, beside where it listens."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.password = VALUES["REDIS_PASSWORD"]

    def _make_process(self) -> ServerProcess:
        command = [str(self.prepare()), "--bind", "127.0.0.1", "--port", str(self.port)]
        return ServerProcess(self.name, command + FOUND["redis"]["command"][1:], self.folder)


def test_redis_starts_with_its_settings(tmp_path):
    with ComposedRedis(tmp_path) as server:
        assert server.running
    assert [path.name for path in tmp_path.iterdir()] == ["redis.log"]


class ComposedS3(S3):
    """With the arguments of the compose file, on another port and in other folders."""

    def _make_process(self) -> ServerProcess:
        folders = {name: self.folder / name.strip("/") for name in ("/objects", "/attributes")}
        for folder in folders.values():
            folder.mkdir(exist_ok=True)
        others = {":7070": f"127.0.0.1:{self.port}", **{name: str(path) for name, path in folders.items()}}
        arguments = [others.get(argument, argument) for argument in FOUND["s3"]["command"]]
        account = {"ROOT_ACCESS_KEY": self.access_key, "ROOT_SECRET_KEY": self.secret_key}
        assert set(account) == set(FOUND["s3"]["environment"])
        return ServerProcess(self.name, [str(self.prepare()), *arguments], self.folder, environment=account)


def test_s3_starts_with_its_arguments(tmp_path):
    with ComposedS3(tmp_path) as server:
        assert server.running


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_parts_run_with_no_other_settings_than_theirs(tmp_path):
    cluster = Cluster(tmp_path)
    try:
        cluster.start_servers()
        for name, service in services(("compose.yaml",), VALUES).items():
            if service["image"].startswith("stacktide:") and name != "migrate":
                _add_part(cluster, name, service).start(wait=False)
        for part in cluster.parts.values():
            part.wait_ready()
        cluster.command("send", f"http://{cluster.key}@127.0.0.1:{cluster.parts['edge'].port}/1", "composed")
        _wait_until_found(cluster, "composed")
        # Every stage has done its work, and the stores agree.
        cluster.command("doctor", "--wait", "60")
    finally:
        cluster.stop()


def _add_part(cluster: Cluster, name: str, service: dict) -> Part:
    """The part of a service, with the real servers' addresses in the place of the service's."""
    port = free_port()
    own = {
        setting: cluster.environment.get(setting, value) for setting, value in service["environment"].items()
    }
    own["STACKTIDE_HOST"] = "127.0.0.1"
    own["STACKTIDE_ADMIN_PORT" if "STACKTIDE_ADMIN_PORT" in own else "STACKTIDE_PORT"] = str(port)
    return cluster.add(name, service["command"], port, own)


def _wait_until_found(cluster: Cluster, word: str) -> None:
    """Ask the API until OpenSearch has an event with a word."""
    address = f"http://127.0.0.1:{cluster.parts['api'].port}/api/v1/projects/1/search?q={word}"
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {cluster.token}"})
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                if json.load(answer)["items"]:
                    return
        except urllib.error.HTTPError as error:
            # While OpenSearch makes the day's index, the API says that it cannot search just now.
            assert error.code == 503
        assert time.monotonic() < deadline, f"no event with {word}"
        time.sleep(0.5)
