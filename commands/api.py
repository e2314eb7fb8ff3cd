"""``stacktide api``: the API, for a cluster."""

from typing import Annotated

import typer

from commands.options import Config
from configuration import require
from settings import Settings
from telemetry import configure_logging

#: The settings that name what the API reads.
STORES = ("kafka", "clickhouse_url", "opensearch_url", "s3_bucket", "database_url")


def api(
    host: Annotated[str | None, typer.Option(help="Address to listen on (STACKTIDE_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (STACKTIDE_PORT).")] = None,
    config: Config = None,
) -> None:
    """Serve the API on the cluster's stores.

    Examples:

      stacktide api --host 0.0.0.0 --port 8001
    """
    import uvloop

    from cluster.api import run_api

    settings = Settings.from_environment(host=host, port=port)
    require(settings, *STORES)
    configure_logging(settings.log_level, settings.log_format)
    uvloop.run(run_api(settings))
