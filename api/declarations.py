"""What routes say of the parameters of their URLs. ``api.parameters`` reads them by the same declarations."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

DEFAULT_LIMIT = 50
MAX_LIMIT = 1000
DURATION = re.compile(r"([0-9]{1,9})([smhd]?)")


class Parameter(NamedTuple):
    """A parameter of a URL. ``schema`` is the JSON Schema of its value. One that takes an array may be given several times,
    or where ``separated`` once, with commas between its values."""

    name: str
    description: str
    schema: Mapping[str, Any]
    required: bool = False
    separated: bool = False


def any_text(name: str, description: str, *, required: bool = False) -> Parameter:
    """A parameter that takes text."""
    return Parameter(name, description, {"type": "string"}, required)


def one_of(name: str, description: str, choices: Sequence[str], default: str) -> Parameter:
    """A parameter that takes one of several words."""
    return Parameter(name, description, {"type": "string", "enum": list(choices), "default": default})


def any_of(name: str, description: str, choices: Sequence[str]) -> Parameter:
    """A parameter that takes several words, separated by commas."""
    items = {"type": "string", "enum": list(choices)}
    return Parameter(name, description, {"type": "array", "items": items}, separated=True)


def several(name: str, description: str, pattern: str | None = None) -> Parameter:
    """A parameter that may be given several times: any of its values is meant. Each has the form of ``pattern``."""
    items = {"type": "string"} | ({"pattern": pattern} if pattern else {})
    return Parameter(name, description, {"type": "array", "items": items})


def whole(name: str, description: str, maximum: int) -> Parameter:
    """A parameter that takes a whole number from 0 to ``maximum``, which it is by default."""
    return Parameter(
        name, description, {"type": "integer", "minimum": 0, "maximum": maximum, "default": maximum}
    )


def share(name: str, description: str, default: float) -> Parameter:
    """A parameter that takes a number from 0 to 1."""
    return Parameter(name, description, {"type": "number", "minimum": 0, "maximum": 1, "default": default})


def length(name: str, description: str) -> Parameter:
    """A parameter that takes a duration, such as ``90``, ``5m``, ``1h`` or ``7d``."""
    schema = {"type": "string", "pattern": f"^{DURATION.pattern}$", "examples": ["5m"]}
    return Parameter(name, description, schema)


_CURSOR = any_text("cursor", "The next_cursor of the page before; give the same other parameters.")
_LIMIT = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}
_MOMENT = {"type": "string", "examples": ["2026-01-31T12:00:00Z", "1767225600"]}


def most(description: str, default: int = DEFAULT_LIMIT) -> Parameter:
    """The parameter ``limit``."""
    return Parameter("limit", description, _LIMIT | {"default": default})


#: What a list that comes in pages takes.
PAGED = (_CURSOR, most("How many items a page has at most."))
#: What a list that is bounded by time takes.
BETWEEN = (
    Parameter("from", "Where the range begins: an ISO 8601 time or Unix seconds.", _MOMENT),
    Parameter("to", "Where it ends, without that moment; open where it is left out.", _MOMENT),
)
TIME_ZONE = any_text("timezone", "By whose days windows begin: a name of the IANA database; UTC by default.")
ENVIRONMENT = several("environment", "Only these environments.")
RELEASE = several("release", "Only these releases.")
LEVEL = several("level", "Only these levels.")
ISSUE = several("issue", "Only these issues.", "^[0-9a-f]{32}$")
