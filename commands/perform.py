"""Performs an operation where the data are: here on the cluster's stores, if the settings name Kafka; else in the process that
runs on the data folder, or, if none does, here."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from embedded.folder import socket_path
from runtime.operation import OperationError
from settings import Settings


def perform(data: Path | None, operation: str, **arguments: Any) -> Any:
    """The operation's result, as JSON values.

    Raises:
        OperationError: it cannot be done as asked.
    """
    return asyncio.run(_perform(Settings.from_environment(data=data), operation, arguments))


async def _perform(settings: Settings, operation: str, arguments: dict[str, Any]) -> Any:
    if settings.kafka:
        return await _perform_in_cluster(settings, operation, arguments)
    socket = socket_path(settings.data)
    if socket.exists():
        try:
            return await _ask(socket, operation, arguments)
        except aiohttp.ClientConnectorError:
            pass  # left behind by a process that was killed
    if not settings.data.exists():
        raise OperationError(
            f"There is no data folder {settings.data}. Start Stacktide with `stacktide up`, or name its folder with "
            "--data or STACKTIDE_DATA."
        )
    # Only now: these take seconds to import, and a running process needs none of them here.
    from embedded.context import open_context
    from runtime.operations import OPERATIONS

    context = await open_context(settings)
    try:
        result = await OPERATIONS[operation](context, **arguments)
    finally:
        await context.close()
    return msgspec.to_builtins(result)


async def _perform_in_cluster(settings: Settings, operation: str, arguments: dict[str, Any]) -> Any:
    from cluster.context import open_context
    from runtime.operations import OPERATIONS

    context = open_context(settings, client_id="stacktide-command")
    try:
        return msgspec.to_builtins(await OPERATIONS[operation](context, **arguments))
    finally:
        await context.close()


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
