"""Messages whose parameters stand beside their template."""

from typing import Any

from agents.fingerprint import limits
from agents.fingerprint.coerce import Notes
from agents.fingerprint.messages import fill

#: Where a payload may hold a template with parameters.
ENTRIES = ("logentry", "sentry.interfaces.Message", "message")


def filled(entry: Any) -> str | None:
    """The message of a template and its parameters; None where there are no parameters."""
    if entry.__class__ is not dict or not entry.get("params"):
        return None
    formatted, template = entry.get("formatted"), entry.get("message")
    if formatted.__class__ is str and formatted:
        return str(formatted)
    if template.__class__ is not str:
        return None
    return fill(template[: limits.MESSAGE], entry["params"], Notes())


def without_secrets(entry: dict[str, Any], clean: str, marker: str) -> dict[str, Any]:
    """The entry with ``clean`` for its message, without the parameters that are no longer in it."""
    params = entry["params"]
    if params.__class__ is dict:
        params = {name: _kept(value, clean, marker) for name, value in params.items()}
    elif params.__class__ is list:
        params = [_kept(value, clean, marker) for value in params]
    return {**entry, "formatted": clean, "params": params}


def _kept(value: Any, clean: str, marker: str) -> Any:
    if value.__class__ is dict or value.__class__ is list:
        return value
    return value if str(value) in clean or value is None else marker
