"""The compose files as an engine would read them, as far as they are used here: values of ``.env`` put in, anchors and
``extends`` resolved, the second file laid over the first."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "infra" / "compose"
#: What an engine is given: one file, or one over the other.
ONE, SEVERAL = ("compose.yaml",), ("compose.yaml", "compose.ha.yaml")

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[?-])(?P<text>[^}]*))?\}")


def variables() -> dict[str, str]:
    """The variables that the files ask for, each with how it asks: ``?`` is required, ``-`` has a default."""
    texts = [(FOLDER / name).read_text() for name in SEVERAL]
    return {match["name"]: match["kind"] or "" for text in texts for match in _VARIABLE.finditer(text)}


def read_file(name: str, values: Mapping[str, str]) -> dict[str, Any]:
    """One file with values put in.

    Raises:
        KeyError: a required value is missing.
    """

    def value(match: re.Match[str]) -> str:
        return values.get(match["name"], match["text"]) if match["kind"] == "-" else values[match["name"]]

    loaded: dict[str, Any] = yaml.safe_load(_VARIABLE.sub(value, (FOLDER / name).read_text()))
    return loaded


def services(names: tuple[str, ...], values: Mapping[str, str]) -> dict[str, Any]:
    """The services of the files together."""
    found: dict[str, Any] = {}
    for name in names:
        for service, own in read_file(name, values)["services"].items():
            base = found.get(service, {})
            if extended := own.get("extends"):
                base = read_file(extended["file"], values)["services"][extended["service"]]
            found[service] = _laid_over(base, {key: own[key] for key in own if key != "extends"})
    return found


def _laid_over(base: Any, own: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(own, dict):
        return own
    return {**base, **{key: _laid_over(base.get(key), value) for key, value in own.items()}}
