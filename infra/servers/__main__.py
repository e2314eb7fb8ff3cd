"""``python -m infra.servers``: the real servers on this machine, for tests and trials."""

import signal
import tempfile
import threading
from pathlib import Path
from typing import Annotated

import typer

from infra.servers.errors import ServerError
from infra.servers.everything import SERVERS, chosen, environment_lines, prepare, started
from telemetry import configure_logging


def servers(
    only: Annotated[str, typer.Option(help=f"Some of {', '.join(SERVERS)}, separated by commas.")] = "",
    brokers: Annotated[int, typer.Option(min=1, help="Kafka brokers; three replicate to one another.")] = 1,
    env_file: Annotated[Path | None, typer.Option(help="Write the settings to this file too.")] = None,
    prepare_only: Annotated[
        bool, typer.Option("--prepare", help="Download and build what is needed, and start nothing.")
    ] = False,
) -> None:
    """Start the servers of the cluster mode on free ports, print the settings that point Stacktide at them, and run until
    Ctrl-C. Their data is dropped at the end.

    Examples:

      python -m infra.servers

      python -m infra.servers --only kafka,redis --brokers 3

      python -m infra.servers --env-file servers.env    (then, elsewhere: set -a; . servers.env)

      python -m infra.servers --prepare
    """
    configure_logging()
    try:
        names = chosen(only)
        prepare(names)
        if not prepare_only:
            _run(names, brokers, env_file)
    except ServerError as error:
        typer.secho(f"error: {error}", err=True, fg="red")
        raise typer.Exit(1) from error


def _run(names: list[str], brokers: int, env_file: Path | None) -> None:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with (
        tempfile.TemporaryDirectory(prefix="stacktide-servers-", ignore_cleanup_errors=True) as folder,
        started(names, Path(folder), brokers) as running,
    ):
        if env_file:
            env_file.touch()
            env_file.chmod(0o600)  # It holds passwords.
            env_file.write_text("\n".join(environment_lines(running)) + "\n")
        typer.echo("\n".join(environment_lines(running, prefix="export ")))
        typer.echo("Ctrl-C stops them.", err=True)
        stopping.wait()


if __name__ == "__main__":
    typer.run(servers)
