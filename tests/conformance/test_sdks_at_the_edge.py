"""Real SDKs against the edge on the real log: nothing changes for them but the DSN."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import toolchains
from aiohttp import web

from embedded.log import Log
from ingest.app import RUNNER_OPTIONS, Edge, add_edge_routes
from schemas.headers import Received
from settings import Settings
from stores.operational import SqlOperationalStore
from topics import planned_topics

KEY = "0123456789abcdef0123456789abcdef"
TIMEOUT = 60.0


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Log]:
    """The embedded log with all topics."""
    log = Log.open(tmp_path / "log")
    await log.start()
    await log.create_topics(planned_topics(2))
    yield log
    await log.close()


@pytest.fixture
async def dsn(tmp_path: Path, log: Log) -> AsyncIterator[str]:
    """DSN of a project of a running edge."""
    store = SqlOperationalStore(f"sqlite+aiosqlite:///{tmp_path}/operational.sqlite3")
    await store.migrate()
    project = await store.add_project("conformance")
    await store.add_key(project.id, public_key=KEY)
    app = web.Application()
    add_edge_routes(app, Edge(Settings(data=tmp_path), log, store))
    runner = web.AppRunner(app, **RUNNER_OPTIONS)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{KEY}@{host}:{port}/{project.id}"
    await runner.cleanup()
    await store.close()


async def run_client(command: list[str], dsn: str) -> dict[str, str]:
    """Event ids that a client program printed, by kind."""
    process = await asyncio.create_subprocess_exec(
        *command, dsn, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(TIMEOUT):
        out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return {line["kind"]: line["event_id"].replace("-", "") for line in map(json.loads, out.splitlines())}


async def events_on(log: Log) -> dict[str, tuple[Received, dict[str, Any]]]:
    """Everything on events-received, by event id."""
    found = {}
    for partition in await log.offsets("events-received"):
        for record in await log.read("events-received", partition, 0):
            received = Received.decode(record.headers)
            found[received.event_id] = (received, json.loads(record.value or b""))
    return found


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("prepare", "sdk", "protocol"),
    [
        pytest.param(toolchains.current_python, "sentry.python/2.75.0", "envelope", id="sentry-sdk 2.75"),
        pytest.param(toolchains.older_python, "sentry.python/1.45.1", "store", id="sentry-sdk 1.45"),
        pytest.param(toolchains.raven, "raven-python/6.10.0", "store", id="raven 6.10"),
        pytest.param(
            toolchains.node,
            "sentry.javascript.node/11.",
            "envelope",
            id="@sentry/node 11",
            marks=pytest.mark.servers,
        ),
        pytest.param(toolchains.go, "sentry.go/0.", "envelope", id="sentry-go", marks=pytest.mark.servers),
    ],
)
async def test_an_exception_and_a_message_arrive(
    prepare: Callable[[], list[str]], sdk: str, protocol: str, dsn: str, log: Log
) -> None:
    command = await asyncio.to_thread(prepare)
    sent = await run_client(command, dsn)
    arrived = await events_on(log)
    assert set(arrived) == set(sent.values())

    received, event = arrived[sent["exception"]]
    assert received.project == 1
    assert received.sdk.startswith(sdk)
    assert received.protocol == protocol
    assert received.client_address == "127.0.0.1"
    assert event["release"] == "shop@1.2.3"
    assert event["environment"] == "conformance"
    exceptions = event["exception"]
    values = exceptions["values"] if isinstance(exceptions, dict) else exceptions
    assert any(exception.get("stacktrace", {}).get("frames") for exception in values)

    assert "checkout took 7 s" in json.dumps(arrived[sent["message"]][1])
