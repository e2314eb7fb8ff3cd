"""``stacktide topics``."""

from typing import Annotated

import typer

from commands.options import AsJson, Data
from commands.output import print_json, print_table
from commands.perform import perform


def topics(
    create: Annotated[
        bool, typer.Option("--create", help="Make the declared topics that are missing.")
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What topics exist against what is declared.

    Exit code 1 when something differs. `stacktide up` makes missing topics by itself.

    Example: stacktide topics --json
    """
    if create:
        perform(data, "topics_create")
    rows = perform(data, "topics_state")
    if as_json:
        print_json(rows)
    else:
        shown = [
            (
                row["topic"],
                "yes" if row["declared"] else "no",
                row["partitions"],
                row["records"],
                row["problem"],
            )
            for row in rows
        ]
        print_table(
            ("topic", "declared", "partitions", "records", "problem"), shown, "There are no topics yet."
        )
    if any(row["problem"] for row in rows):
        raise typer.Exit(1)
