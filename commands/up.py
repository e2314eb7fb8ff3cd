"""``stacktide up``: everything in one process."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from commands.options import Data
from commands.output import console, fail
from embedded.demo import run_demo
from embedded.log import LogLocked
from embedded.supervisor import Embedded
from settings import Settings
from telemetry import configure_logging


def up(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (STACKTIDE_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (STACKTIDE_PORT).")] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Stream made-up errors of several services too.")
    ] = False,
) -> None:
    """Run everything in one process.

    Examples:

      stacktide up

      stacktide up --port 9000 --data /var/lib/stacktide

      stacktide up --demo
    """
    settings = Settings.from_environment(data=data, host=host, port=port)
    configure_logging(settings.log_level, settings.log_format)
    try:
        uvloop.run(_run(settings, demo))
    except LogLocked as error:
        fail(str(error))
    except OSError as error:
        if error.errno not in (98, 48, 13, 99, 49):
            raise
        fail(
            f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}. Choose another with --port."
        )


async def _run(settings: Settings, demo: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    embedded = Embedded(settings)
    demo_task: asyncio.Task[None] | None = None
    try:
        await embedded.start()
        dsn = _print_welcome(embedded, settings)
        if demo:
            demo_task = asyncio.ensure_future(run_demo(dsn))
        await stop.wait()
        console.print("Stopping...")
    finally:
        if demo_task is not None:
            demo_task.cancel()
        await embedded.stop()


def key_file(data: Path) -> Path:
    """Where the first key is kept, for its owner alone: the store has only its hash, and could not show it again."""
    return data / "first-key"


def _print_welcome(embedded: Embedded, settings: Settings) -> str:
    """Print where things are; returns the first DSN."""
    address = f"{settings.host}:{embedded.port}"
    made = embedded.bootstrap
    file = key_file(settings.data)
    if made is not None and made.key is not None:
        file.touch(mode=0o600)
        file.write_text(f"{made.key.public_key}\n")
    key = file.read_text().strip() if file.exists() else ""
    dsn = f"http://{key}@{address}/1" if key else ""
    console.print(f"[bold green]Stacktide is ready[/] on http://{address}", highlight=False)
    if dsn:
        console.print(f"  first DSN   {dsn}", highlight=False, soft_wrap=True)
        console.print(f"  try it      stacktide send {dsn}", highlight=False, soft_wrap=True)
    if made is not None and made.token:
        console.print(f"  API token   {made.token}   (shown this once)", highlight=False, soft_wrap=True)
    else:
        console.print("  API token   make one with: stacktide token add NAME", highlight=False)
    console.print(f"  issues      http://{address}/api/v1/projects/1/issues", highlight=False)
    sys.stdout.flush()
    return dsn
