"""``stacktide migrate``: the stores' schemas and the topics, for a cluster."""

import asyncio

from commands.api import STORES
from commands.options import Config
from commands.output import console
from configuration import require
from settings import Settings
from stores.operational.bootstrap import Bootstrap
from telemetry import configure_logging


def migrate(config: Config = None) -> None:
    """Bring every store to the current schema, make the topics, and make the first project.

    Safe to run twice, and from several places at once. Embedded, `stacktide up` does this by itself.

    Examples:

      stacktide migrate --config /etc/stacktide.toml
    """
    settings = Settings.from_environment()
    require(settings, *STORES)
    configure_logging("warning", settings.log_format)
    made = asyncio.run(_migrate(settings))
    if made.key is not None:
        console.print(
            f"First DSN: http://{made.key.public_key}@EDGE:PORT/{made.key.project} (shown this once)"
        )
    if made.token:
        console.print(f"API token: {made.token} (shown this once)")
    if made.invitation:
        base = settings.public_url.rstrip("/") or "http://API:PORT"
        console.print(f"First owner: {base}/invitation#{made.invitation} (good once, within 7 days)")


async def _migrate(settings: Settings) -> Bootstrap:
    from cluster.context import open_context
    from cluster.migrate import first_project, migrate

    context = open_context(settings, client_id="stacktide-migrate")
    try:
        async for done in migrate(context):
            console.print(done)
        return await first_project(context)
    finally:
        await context.close()
