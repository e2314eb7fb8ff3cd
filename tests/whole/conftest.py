import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from benchmarks.server import Server
from tests.notify.receivers import MailServer


@pytest.fixture(scope="session")
def mail_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    """By which the server sends mail."""
    with MailServer(tmp_path_factory.mktemp("mail")) as mail_server:
        yield mail_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, mail_server: MailServer) -> Iterator[Server]:
    """Stacktide, whole, in a process of its own."""
    login = f"{quote(mail_server.USER, safe='')}:{quote(mail_server.PASSWORD, safe='')}"
    server = Server(
        tmp_path_factory.mktemp("whole") / "data",
        STACKTIDE_ARCHIVE_LINGER="0.3",
        STACKTIDE_NOTIFY_PRIVATE_ADDRESSES="true",
        STACKTIDE_MAIL_URL=f"smtp://{login}@127.0.0.1:{mail_server.port}",
        STACKTIDE_MAIL_FROM="alerts@example.org",
        STACKTIDE_MAIL_TLS_CA=str(mail_server.authority),
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture
def project(server: Server) -> tuple[int, str]:
    """A project of its own and its DSN."""
    made = server.command("project", "add", f"test {uuid.uuid4().hex}", "--json")
    assert made.returncode == 0, made.stderr
    answer = json.loads(made.stdout)
    return answer["id"], answer["dsn"]


Post = Callable[..., tuple[int, Any]]


@pytest.fixture
def post(server: Server, project: tuple[int, str]) -> Post:
    """Posts to the edge with the project's key; the status and the answer, as JSON where it is JSON."""
    key = project[1].split("//")[1].split("@")[0]

    def send(path: str, body: bytes, **headers: str) -> tuple[int, Any]:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(
            f"http://{server.host}:{server.port}{path}",
            data=body,
            headers={
                "X-Stacktide-Key": key,
                "X-Sentry-Auth": f"Sentry sentry_key={key}, sentry_version=7",
                **names,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    return send
