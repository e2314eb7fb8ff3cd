"""An S3 service over a folder: versitygw, built from source by Go at the versions of go.sum."""

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from infra.servers.cache import prepared, run
from infra.servers.http import answers
from infra.servers.ports import free_port
from infra.servers.process import ServerProcess
from infra.servers.server import SingleServer

_HERE = Path(__file__).parent
_PROGRAM = "versitygw"
_PACKAGE = "github.com/versity/versitygw/cmd/versitygw"


class S3(SingleServer):
    """One S3 endpoint with a bucket and one account. It checks signatures; it has no lifecycle rules (501)."""

    name: ClassVar[str] = "s3"
    bucket: ClassVar[str] = "stacktide"
    region: ClassVar[str] = "us-east-1"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = free_port()
        self.access_key = secrets.token_hex(8)
        self.secret_key = secrets.token_urlsafe(24)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @classmethod
    def prepare(cls) -> Path:
        """The program."""
        pins = [_HERE / "go.mod", _HERE / "go.sum"]
        return prepared(_PROGRAM, pins, "build it from source, a minute or two", _build) / _PROGRAM

    def environment(self) -> Mapping[str, str]:
        return {
            "STACKTIDE_S3_ENDPOINT": self.endpoint,
            "STACKTIDE_S3_REGION": self.region,
            "STACKTIDE_S3_BUCKET": self.bucket,
            "STACKTIDE_S3_ARTIFACTS_BUCKET": f"{self.bucket}-artifacts",
            "STACKTIDE_S3_ACCESS_KEY": self.access_key,
            "STACKTIDE_S3_SECRET_KEY": self.secret_key,
        }

    def _make_process(self) -> ServerProcess:
        data, attributes = self.folder / "data", self.folder / "attributes"
        (data / self.bucket).mkdir(parents=True, exist_ok=True)
        attributes.mkdir(exist_ok=True)
        command = [str(self.prepare()), "--port", f"127.0.0.1:{self.port}", "--region", self.region]
        # Beside the data and not in extended attributes, which not every file system has.
        command += ["--health", "/health", "posix", "--sidecar", str(attributes), str(data)]
        account = {"ROOT_ACCESS_KEY": self.access_key, "ROOT_SECRET_KEY": self.secret_key}
        return ServerProcess(self.name, command, self.folder, environment=account)

    def _answers(self) -> bool:
        return answers(f"{self.endpoint}/health")


def _build(folder: Path) -> None:
    for name in ("go.mod", "go.sum"):
        shutil.copy(_HERE / name, folder)
    run(["go", "build", "-mod=readonly", "-trimpath", "-ldflags=-s -w", "-o", _PROGRAM, _PACKAGE], folder)
