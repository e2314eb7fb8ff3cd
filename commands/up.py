"""``stacktide up``: everything in one process."""

import os
from typing import Annotated

import typer

from commands.options import Config, Data
from commands.output import fail
from settings import Settings
from telemetry import configure_logging


def up(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (STACKTIDE_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (STACKTIDE_PORT).")] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Stream made-up errors of several services too.")
    ] = False,
    config: Config = None,
) -> None:
    """Run everything in one process.

    Examples:

      stacktide up

      stacktide up --port 9000 --data /var/lib/stacktide

      stacktide up --demo
    """
    import uvloop

    from embedded.log import LogLocked
    from embedded.run import run

    settings = Settings.from_environment(data=data, host=host, port=port)
    configure_logging(settings.log_level, settings.log_format)
    try:
        uvloop.run(run(settings, demo))
    except LogLocked as error:
        fail(str(error))
    except OSError as error:
        if error.errno not in (98, 48, 13, 99, 49):
            raise
        fail(
            f"Cannot listen on {settings.host}:{settings.port}: {os.strerror(error.errno)}. Choose another with --port."
        )
