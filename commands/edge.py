"""``stacktide edge``: where SDKs send their events, for a cluster."""

from typing import Annotated

import typer

from commands.options import Config, Data
from commands.output import fail
from configuration import require
from settings import Settings
from telemetry import configure_logging


def edge(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (STACKTIDE_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (STACKTIDE_PORT).")] = None,
    processes: Annotated[
        int | None,
        typer.Option(help="Processes that share the port; 0 for one a core (STACKTIDE_EDGE_PROCESSES)."),
    ] = None,
    config: Config = None,
) -> None:
    """Take events over HTTP and put them on Kafka; while Kafka is away, keep them on disk.

    The data folder holds what waits for Kafka, so it must survive a restart, and each edge needs its own.

    Examples:

      stacktide edge --host 0.0.0.0 --port 8000 --processes 0
    """
    from cluster.edge import open_parts
    from embedded.log import LogLocked
    from ingest.serve import run_edge

    settings = Settings.from_environment(data=data, host=host, port=port, edge_processes=processes)
    require(settings, "kafka", "database_url")
    configure_logging(settings.log_level, settings.log_format)
    try:
        run_edge(settings, open_parts)
    except (LogLocked, OSError) as error:
        fail(str(error))
