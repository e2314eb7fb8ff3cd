"""``python -m infra.dashboard``: builds the dashboard where it is not built, or its sources have changed since."""

import sys

from rich.console import Console

from infra.dashboard.build import build, is_built
from infra.servers.errors import ServerError


def main() -> int:
    """The exit code: 1 where it could not be built."""
    console = Console(stderr=True, highlight=False)
    if is_built():
        return 0
    try:
        with console.status("Building the dashboard (once; a minute or so)...") as status:
            console.print("Building the dashboard (once; a minute or so)...")
            build(lambda step: status.update(f"Building the dashboard: {step}..."))
    except ServerError as error:
        console.print(f"[bold]The dashboard could not be built.[/] {error}", markup=True)
        return 1
    return 0


sys.exit(main())
