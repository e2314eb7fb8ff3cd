"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option(help="Folder that holds everything (STACKTIDE_DATA).", show_default=".stacktide"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
