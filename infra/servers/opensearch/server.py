"""One OpenSearch node, without the plugins that no Maven repository has (security, index management, SQL)."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from infra.servers.cache import prepared, run
from infra.servers.http import answers
from infra.servers.maven import jars
from infra.servers.ports import free_port
from infra.servers.process import ServerProcess
from infra.servers.server import SingleServer

_HERE = Path(__file__).parent
_SOURCE = _HERE / "StacktideNode.java"


class OpenSearch(SingleServer):
    """A cluster of one node over HTTP, without users."""

    name: ClassVar[str] = "opensearch"
    start_timeout: ClassVar[float] = 120.0

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = free_port()
        self._transport_port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @classmethod
    def prepare(cls) -> Path:
        """The folder of the compiled node."""
        libraries = jars(cls.name, _HERE)

        def build(folder: Path) -> None:
            run(["javac", "-nowarn", "-d", str(folder), "-cp", f"{libraries}/*", str(_SOURCE)], folder)

        return prepared("opensearch-node", [_SOURCE, _HERE / "pom.xml"], "compile its node", build)

    def environment(self) -> Mapping[str, str]:
        # One node has no place for copies, and without them its indexes are green.
        return {"STACKTIDE_OPENSEARCH_URL": self.url, "STACKTIDE_OPENSEARCH_REPLICAS": "0"}

    def _make_process(self) -> ServerProcess:
        node = self.prepare()
        configuration = self.folder / "config"
        configuration.mkdir(exist_ok=True)
        (configuration / "opensearch.yml").write_text(self._settings())
        shutil.copy(_HERE / "log4j2.properties", configuration)
        command = ["java", "-cp", f"{node}:{jars(self.name, _HERE)}/*", "-Xms512m", "-Xmx512m"]
        command += ["-XX:+UseSerialGC", "-XX:-UsePerfData", "-XX:+ExitOnOutOfMemoryError"]
        # What the distribution's own jvm.options set, as far as it matters here.
        command += ["-Dfile.encoding=UTF-8", "-Djna.nosys=true", "-Dlog4j.shutdownHookEnabled=false"]
        command += ["-Dio.netty.noUnsafe=true", "-Dio.netty.allocator.numDirectArenas=0"]
        command += ["-Dopensearch.networkaddress.cache.ttl=60", "-Djava.io.tmpdir=" + str(self.folder)]
        command += ["StacktideNode", str(configuration), str(self.folder)]
        return ServerProcess(self.name, command, self.folder)

    def _settings(self) -> str:
        settings = {
            "cluster.name": "stacktide",
            "node.name": "stacktide",
            "discovery.type": "single-node",
            "http.host": "127.0.0.1",
            "http.port": self.port,
            "transport.host": "127.0.0.1",
            "transport.port": self._transport_port,
            # A developer's disk that is 90 % full must not make every index read-only.
            "cluster.routing.allocation.disk.threshold_enabled": False,
        }
        return "".join(f"{name}: {json.dumps(value)}\n" for name, value in settings.items())

    def _answers(self) -> bool:
        """A cluster that has recovered its indexes."""
        return answers(f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=4s")
