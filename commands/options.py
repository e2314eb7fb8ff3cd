"""Options that several commands share."""

import os
from pathlib import Path
from typing import Annotated

import typer

from configuration import CONFIG


def _use_file(file: Path | None) -> None:
    # By way of the environment, so that the processes of the edge read the same file.
    if file is not None:
        os.environ[CONFIG] = str(file.absolute())


Config = Annotated[
    Path | None,
    typer.Option(help="TOML file of settings (STACKTIDE_CONFIG).", callback=_use_file, show_default=False),
]
Data = Annotated[
    Path | None,
    typer.Option(help="Folder that holds everything (STACKTIDE_DATA).", show_default=".stacktide"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
