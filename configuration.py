"""Where settings come from, and whether they can be used: all that is wrong is told at once, each with its source.

The command line wins over the environment, the environment over the file that ``STACKTIDE_CONFIG`` names (TOML, one key a
setting), and that over the defaults. A secret may stand in a file of its own: ``STACKTIDE_KAFKA_PASSWORD_FILE``.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import Field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from settings import SettingError, Settings, variable_name

CONFIG = "STACKTIDE_CONFIG"
DEFAULT = "default"

#: Variables that are no settings: of this module, the commands that use the API, the edge's processes, the tests and the
#: servers for them.
_OTHERS = re.compile(r"STACKTIDE_(CONFIG|URL|TOKEN|EDGE_PROCESS|SERVERS_CACHE|TEST_\w+)")
#: What Kubernetes puts into the environment for each Service, were one named stacktide or stacktide-something.
_OF_KUBERNETES = re.compile(r"STACKTIDE_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP)(_\w+)?)")
_ADDRESSES = ("tcp://", "udp://")

_TRUTH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_KINDS = {bool: "true or false", int: "a whole number", float: "a number"}
_FIELDS: dict[str, Field[Any]] = {setting.name: setting for setting in fields(Settings)}


class Loaded(NamedTuple):
    """Settings, and where each that is not a default came from, by its name."""

    settings: Settings
    sources: dict[str, str]


class _Value(NamedTuple):
    value: Any
    source: str


def load(environ: Mapping[str, str], given: Mapping[str, Any] | None = None) -> Loaded:
    """The settings that hold; ``given`` are those of the command line, None where it does not say.

    Raises:
        SettingError: something is wrong; the message has a line for each thing.
    """
    problems: list[str] = []
    values = {
        **_from_file(environ.get(CONFIG, ""), problems),
        **_from_environment(environ, problems),
        **_from_command_line(given or {}),
    }
    parsed = {name: _parsed(_FIELDS[name], *value, problems) for name, value in values.items()}
    # What could not be parsed was told; the default stands in for it, so that the rest can be judged.
    settings = Settings(**{name: value for name, value in parsed.items() if value is not None})
    problems += _contradictions(settings)
    if problems:
        raise SettingError("\n".join(problems))
    return Loaded(settings, {name: value.source for name, value in values.items()})


def require(settings: Settings, *names: str) -> None:
    """See that settings without which a command cannot run are there.

    Raises:
        SettingError: some are empty.
    """
    missing = [variable_name(name) for name in names if getattr(settings, name) == ""]
    if missing:
        raise SettingError(f"This command needs {', '.join(missing)}. `stacktide config` shows what is set.")


def _from_command_line(given: Mapping[str, Any]) -> dict[str, _Value]:
    return {
        name: _Value(value, f"--{name.replace('_', '-')}")
        for name, value in given.items()
        if value is not None
    }


def _from_environment(environ: Mapping[str, str], problems: list[str]) -> dict[str, _Value]:
    found: dict[str, _Value] = {}
    known = {variable_name(name): name for name in _FIELDS}
    files = {f"{variable_name(name)}_FILE": name for name in _FIELDS if _FIELDS[name].metadata["secret"]}
    for variable, text in environ.items():
        if variable in known:
            found[known[variable]] = _Value(text, variable)
        elif variable.startswith("STACKTIDE_") and variable not in files and not _is_other(variable, text):
            problems.append(f"{variable} is not a setting.{_nearest(variable, [*known, *files])}")
    for variable, name in files.items():
        if variable in environ:
            if name in found:
                problems.append(f"{variable} and {variable_name(name)} are both set. Keep one of them.")
            try:
                found[name] = _Value(Path(environ[variable]).read_text().rstrip("\r\n"), variable)
            except (OSError, UnicodeDecodeError) as error:
                problems.append(f"{variable} names {environ[variable]!r}, which cannot be read: {error}.")
    return found


def _is_other(variable: str, text: str) -> bool:
    of_kubernetes = _OF_KUBERNETES.fullmatch(variable) or text.startswith(_ADDRESSES)
    return bool(_OTHERS.fullmatch(variable) or of_kubernetes)


def _from_file(path: str, problems: list[str]) -> dict[str, _Value]:
    if not path:
        return {}
    try:
        content = tomllib.loads(Path(path).read_text())
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{CONFIG} names {path!r}, which cannot be read: {error}.")
        return {}
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{path} is not TOML: {error}.")
        return {}
    for key, value in content.items():
        if isinstance(value, dict):
            problems.append(
                f"[{key}] in {path} is a table, but settings stand one a line, as in port = 8000."
            )
        elif key not in _FIELDS:
            problems.append(f"{key} in {path} is not a setting.{_nearest(key, _FIELDS)}")
    return {
        key: _Value(value, f"{key} in {path}")
        for key, value in content.items()
        if key in _FIELDS and not isinstance(value, dict)
    }


def _nearest(name: str, known: Any) -> str:
    nearest = get_close_matches(name, known, n=1, cutoff=0.75)
    return f" Did you mean {nearest[0]}?" if nearest else ""


def _parsed(setting: Field[Any], value: Any, source: str, problems: list[str]) -> Any:
    """The value as its setting's type; None where it cannot be used, which is a problem."""
    default, check = setting.default, setting.metadata["check"]
    typed = _typed(value, type(default) if not isinstance(default, Path) else Path)
    if typed is not None and (check is None or check.accepts(typed)):
        return typed
    takes = _KINDS.get(type(default), "text")
    if check is not None and (typed is not None or takes == "text"):
        takes = check.takes
    if typed is not None and isinstance(default, int):
        takes = takes.replace("a number", "a whole number")
    is_what = "has a value (not shown)" if setting.metadata["secret"] else f"is {str(value)!r}"
    problem = f"{source} {is_what}, but takes {takes}."
    if str(value).startswith(_ADDRESSES) and setting.name == "port":
        problem += " Kubernetes sets it for a Service named stacktide: set enableServiceLinks to false."
    problems.append(problem)
    return None


def _typed(value: Any, kind: type) -> Any:
    """A text of the environment, or a value of the file or the command line, as a type; None where it is none."""
    if isinstance(value, bool) or kind is bool:
        known = value if isinstance(value, bool) else _TRUTH.get(str(value).lower())
        return known if kind is bool else None
    if kind in (str, Path):
        return kind(value) if isinstance(value, str | Path) else None
    if not isinstance(value, str | int | float) or (kind is int and isinstance(value, float)):
        return None
    try:
        return kind(value)
    except ValueError:
        return None


def _contradictions(settings: Settings) -> list[str]:
    """What is wrong between settings that are right by themselves."""
    wrong: list[str] = []
    if settings.kafka_security.startswith("sasl") and not (
        settings.kafka_username and settings.kafka_password
    ):
        wrong.append(
            f"STACKTIDE_KAFKA_SECURITY is {settings.kafka_security}: it needs STACKTIDE_KAFKA_USERNAME and "
            "STACKTIDE_KAFKA_PASSWORD."
        )
    for one, other in (
        ("kafka_tls_certificate", "kafka_tls_key"),
        ("s3_access_key", "s3_secret_key"),
    ):
        if bool(getattr(settings, one)) != bool(getattr(settings, other)):
            wrong.append(
                f"{variable_name(one)} and {variable_name(other)} go together: set both, or neither."
            )
    for low, high in (
        ("clickhouse_linger", "clickhouse_longest_linger"),
        ("max_event_bytes", "max_envelope_bytes"),
    ):
        if getattr(settings, low) > getattr(settings, high):
            wrong.append(
                f"{variable_name(low)} is more than {variable_name(high)}, which is its upper bound."
            )
    return wrong
