"""``stacktide doctor``."""

from typing import Annotated

import typer

from commands.options import AsJson, Data
from commands.output import console, print_json
from commands.perform import perform


def doctor(
    data: Data = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the agents to catch up.")] = 20.0,
    as_json: AsJson = False,
) -> None:
    """Reconcile what was received with what became of it, and the stores with each other.

    Exit code 1 when something is wrong.

    Example: stacktide doctor --wait 60
    """
    checks = perform(data, "doctor", wait=wait)
    if as_json:
        print_json(checks)
    else:
        for check in checks:
            mark = "[green]ok   [/]" if check["well"] else "[bold red]wrong[/]"
            console.print(f"{mark} {check['check']:<9} {check['detail']}", highlight=False)
    if not all(check["well"] for check in checks):
        raise typer.Exit(1)
