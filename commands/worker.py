"""``stacktide worker``: stages of the stream, for a cluster."""

from typing import Annotated

import typer

from commands.options import Config, Data
from commands.output import fail
from configuration import require
from faust_app import STAGES
from settings import Settings
from telemetry import configure_logging

#: What a stage needs beside Kafka.
_NEEDED = {
    "clickhouse": ("clickhouse_url",),
    "opensearch": ("opensearch_url",),
    "archive": ("s3_bucket",),
    "notify": ("database_url", "secret_key"),
}


def worker(
    stages: Annotated[list[str], typer.Argument(metavar="STAGE...", help=f"Any of: {', '.join(STAGES)}.")],
    data: Data = None,
    admin_port: Annotated[
        int | None, typer.Option(help="Port of /healthz, /readyz and /metrics (STACKTIDE_ADMIN_PORT).")
    ] = None,
    config: Config = None,
) -> None:
    """Run stages of the stream as members of their consumer groups.

    Start as many workers of a stage as there is work for, up to the number of partitions. Each needs a data folder of its own,
    which should survive a restart: a worker that finds its tables there need not read them from Kafka.

    Examples:

      stacktide worker process detect

      stacktide worker clickhouse --data /var/lib/stacktide/clickhouse-1 --admin-port 9100
    """
    import uvloop

    from cluster.worker import run_worker

    unknown = sorted(set(stages) - set(STAGES))
    if unknown:
        fail(f"There is no stage {', '.join(unknown)}. There are: {', '.join(STAGES)}.")
    settings = Settings.from_environment(data=data, admin_port=admin_port)
    require(settings, "kafka", *(name for stage in stages for name in _NEEDED.get(stage, ())))
    configure_logging(settings.log_level, settings.log_format)
    uvloop.run(run_worker(settings, tuple(dict.fromkeys(stages))))
