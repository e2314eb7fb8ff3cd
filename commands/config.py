"""``stacktide config``: what every setting is, and where that comes from."""

import os
from dataclasses import fields
from typing import Any

import typer

from commands.options import AsJson, Config
from commands.output import fail, print_json, print_table
from configuration import DEFAULT, Loaded, load
from settings import SettingError, Settings, variable_name

_HIDDEN = "********"


def config(config: Config = None, as_json: AsJson = False) -> None:
    """The settings that hold, where each comes from, and what is wrong with them. Secrets are not shown.

    Exit code 1 when something is wrong.

    Examples:

      stacktide config

      stacktide config --config stacktide.toml --json
    """
    try:
        loaded = load(os.environ)
    except SettingError as error:
        if not as_json:
            fail(str(error))
        print_json({"problems": str(error).splitlines()})
        raise typer.Exit(1) from error
    rows = _rows(loaded)
    if as_json:
        print_json({"problems": [], "settings": rows})
    else:
        shown = [(row["variable"], str(row["value"]), row["source"]) for row in rows]
        print_table(("setting", "value", "from"), shown, "")


def _rows(loaded: Loaded) -> list[dict[str, Any]]:
    rows = []
    for setting in fields(Settings):
        value = getattr(loaded.settings, setting.name)
        if setting.metadata["secret"] and value:
            value = _HIDDEN
        rows.append(
            {
                "variable": variable_name(setting.name),
                "value": value if isinstance(value, bool | int | float) else str(value),
                "source": loaded.sources.get(setting.name, DEFAULT),
            }
        )
    return rows
