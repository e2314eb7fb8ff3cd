"""``stacktide send``: a test error, as an SDK would send it."""

import asyncio
import platform
import time
import uuid
from typing import Annotated, Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
import typer

from commands.output import console, fail


def send(
    dsn: Annotated[str, typer.Argument(help="The DSN of a project: http://KEY@HOST/PROJECT")],
    message: Annotated[
        str, typer.Argument(help="The error's message.")
    ] = "A test error from the command line",
) -> None:
    """Send a test error.

    Example: stacktide send http://0123456789abcdef0123456789abcdef@127.0.0.1:8000/1 "It works"
    """
    url, key = parse_dsn(dsn)
    event = test_event(message)
    try:
        status, answer = asyncio.run(post_envelope(url, key, event))
    except aiohttp.ClientError as error:
        fail(
            f"Cannot reach {urlsplit(dsn).hostname}:{urlsplit(dsn).port or 80}: {error}. Is Stacktide running?"
        )
    if status != 200:
        fail(f"The server answered {status}: {answer}")
    console.print(f"Sent event {event['event_id']}.", highlight=False)


def parse_dsn(dsn: str) -> tuple[str, str]:
    """The envelope URL and the public key of a DSN."""
    parts = urlsplit(dsn)
    path, _, project = parts.path.rpartition("/")
    if parts.scheme not in ("http", "https") or not parts.username or not parts.hostname or not project:
        fail(f"{dsn!r} is not a DSN. It looks like http://KEY@HOST/PROJECT; `stacktide key add` makes one.")
    host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
    return f"{parts.scheme}://{host}{path}/api/{project}/envelope/", parts.username


def test_event(message: str) -> dict[str, Any]:
    """An event with a short stack trace."""
    frames = [
        {
            "filename": "commands/main.py",
            "module": "commands.main",
            "function": "main",
            "lineno": 1,
            "in_app": True,
        },
        {
            "filename": "commands/send.py",
            "module": "commands.send",
            "function": "send",
            "lineno": 1,
            "in_app": True,
        },
    ]
    error = {"type": "TestError", "value": message, "stacktrace": {"frames": frames}}
    return {
        "event_id": uuid.uuid4().hex,
        "timestamp": time.time(),
        "platform": "python",
        "level": "error",
        "server_name": platform.node(),
        "exception": {"values": [error]},
        "sdk": {"name": "stacktide.cli", "version": "1"},
    }


async def post_envelope(url: str, key: str, event: dict[str, Any]) -> tuple[int, str]:
    """Post one event; returns the status and the answer's text."""
    body = b"\n".join(
        (
            msgspec.json.encode({"event_id": event["event_id"]}),
            b'{"type":"event"}',
            msgspec.json.encode(event),
        )
    )
    headers = {"X-Sentry-Auth": f"Sentry sentry_key={key}, sentry_version=7, sentry_client=stacktide.cli/1"}
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as response:
        return response.status, await response.text()
