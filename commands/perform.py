"""Performs an operation where the data are: here on the cluster's stores, if the settings name Kafka; else in the process that
runs on the data folder, or, if none does, here."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from embedded.folder import socket_path
from runtime.operation import OperationError
from settings import Settings

#: Performs an operation, by its name, with its arguments.
Call = Callable[..., Awaitable[Any]]


def perform(data: Path | None, operation: str, **arguments: Any) -> Any:
    """The operation's result, as JSON values.

    Raises:
        OperationError: it cannot be done as asked.
    """
    return asyncio.run(_perform(Settings.from_environment(data=data), operation, arguments))


async def _perform(settings: Settings, operation: str, arguments: dict[str, Any]) -> Any:
    async with performer(settings) as call:
        return await call(operation, **arguments)


@asynccontextmanager
async def performer(settings: Settings, *, needs_running: bool = False) -> AsyncIterator[Call]:
    """Performs operations, one after the other, on stores that are opened once.

    Raises:
        OperationError: one cannot be done as asked, or nothing runs on the data folder and ``needs_running`` says that
            something has to.
    """
    if settings.kafka:
        from cluster.context import open_context

        async with _here(open_context(settings, client_id="stacktide-command")) as call:
            yield call
        return
    socket = socket_path(settings.data)
    if await _answers(socket):
        yield lambda operation, **arguments: _ask(socket, operation, arguments)
        return
    if needs_running:
        raise OperationError(
            f"Nothing runs on {settings.data}. Start it with `stacktide up`, then try again."
        )
    if not settings.data.exists():
        raise OperationError(
            f"There is no data folder {settings.data}. Start Stacktide with `stacktide up`, or name its folder with "
            "--data or STACKTIDE_DATA."
        )
    # Only now: these take seconds to import, and a running process needs none of them here.
    from embedded.context import open_context as open_folder

    async with _here(await open_folder(settings)) as call:
        yield call


@asynccontextmanager
async def _here(context: Any) -> AsyncIterator[Call]:
    from runtime.operations import OPERATIONS

    async def call(operation: str, **arguments: Any) -> Any:
        return msgspec.to_builtins(await OPERATIONS[operation](context, **arguments))

    try:
        yield call
    finally:
        await context.close()


async def _answers(socket: Path) -> bool:
    """Whether a process listens; one that was killed leaves its socket behind."""
    if not socket.exists():
        return False
    try:
        _, writer = await asyncio.open_unix_connection(str(socket))
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def _ask(socket: Path, operation: str, arguments: dict[str, Any]) -> Any:
    timeout = aiohttp.ClientTimeout(total=None)
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket)), timeout=timeout) as session,
        session.post(f"http://stacktide/{operation}", data=msgspec.json.encode(arguments)) as response,
    ):
        answer = msgspec.json.decode(await response.read())
        if response.status != 200:
            raise OperationError(answer["error"])
        return answer
