"""``stacktide up`` itself: starts everything, says where it is, and runs until it is asked to stop."""

import asyncio
import sys

from rich.console import Console

from embedded.demo import run_demo
from embedded.folder import key_file
from embedded.supervisor import Embedded
from runtime.garbage import calm_garbage_collector
from runtime.signals import stop_signal
from settings import Settings

console = Console(highlight=False, soft_wrap=True)


async def run(settings: Settings, demo: bool) -> None:
    """Run until SIGINT or SIGTERM."""
    calm_garbage_collector()
    stop = stop_signal()
    embedded = Embedded(settings)
    demo_task: asyncio.Task[None] | None = None
    try:
        await embedded.start()
        calm_garbage_collector()
        dsn = _print_welcome(embedded, settings)
        if demo:
            demo_task = asyncio.ensure_future(run_demo(dsn, settings.data))
        await stop.wait()
        console.print("Stopping...")
    finally:
        if demo_task is not None:
            demo_task.cancel()
        await embedded.stop()


def _print_welcome(embedded: Embedded, settings: Settings) -> str:
    """Print where things are; returns the first DSN."""
    address = f"{settings.host}:{embedded.port}"
    command = sys.argv[0] if sys.argv[0].endswith("stacktide") else "stacktide"
    made = embedded.bootstrap
    file = key_file(settings.data)
    if made is not None and made.key is not None:
        file.touch(mode=0o600)
        file.write_text(f"{made.key.public_key}\n")
    key = file.read_text().strip() if file.exists() else ""
    dsn = f"http://{key}@{address}/1" if key else ""
    console.print(f"[bold green]Stacktide is ready[/] on http://{address}")
    if dsn:
        console.print(f"  first DSN   {dsn}")
        console.print(f"  try it      {command} send {dsn}")
    if made is not None and made.token:
        console.print(f"  API token   {made.token}   (shown this once)")
    else:
        console.print(f"  API token   make one with: {command} token add NAME")
    if made is not None and made.invitation:
        base = settings.public_url.rstrip("/") or f"http://{address}"
        console.print(
            f"  first owner {base}/invitation#{made.invitation}   (log in with it once, within 7 days)"
        )
    console.print(f"  issues      http://{address}/api/v1/projects/1/issues")
    sys.stdout.flush()
    return dsn
