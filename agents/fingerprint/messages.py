"""The message of an event, from ``message``, ``logentry`` or ``sentry.interfaces.Message``."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from agents.fingerprint import limits
from agents.fingerprint.coerce import Notes, text

_PERCENT = re.compile(r"%(?:\((\w{1,100})\))?[-+ #0]{0,5}\d{0,3}(?:\.\d{1,3})?[sdifrxXeEgGcuaov]|%%")
_BRACES = re.compile(r"\{\{|\}\}|\{(\w{0,100})(?:[!:,][^{}]{0,100})?\}")


class Message(NamedTuple):
    """What is shown, and the template that it was made from where there is one and it differs."""

    shown: str | None
    template: str | None


def read_message(data: dict[str, Any], notes: Notes) -> Message:
    """The message of an event; its parameters are put into its template where the client has not done so."""
    for name in ("logentry", "sentry.interfaces.Message", "message"):
        value = data.get(name)
        if value.__class__ is dict:
            found = _log_entry(value, name, notes)
        else:
            template = text(data.get("message_template"), limits.MESSAGE, notes, "message_template")
            found = _message(text(value, limits.MESSAGE, notes, name), template)
        if found.shown is not None:
            return found
    return Message(None, None)


def _log_entry(value: dict[str, Any], name: str, notes: Notes) -> Message:
    template = text(value.get("message"), limits.MESSAGE, notes, f"{name}.message")
    shown = text(value.get("formatted"), limits.MESSAGE, notes, f"{name}.formatted")
    if shown is None and template is not None:
        shown = text(fill(template, value.get("params"), notes), limits.MESSAGE, notes, f"{name}.formatted")
    return _message(shown, template)


def _message(shown: str | None, template: str | None) -> Message:
    return Message(shown, template if shown is not None and template != shown else None)


def fill(template: str, params: Any, notes: Notes) -> str:
    """A template with its parameters put in, in Python's ``%`` form or in the ``{}`` form of .NET and others.

    Only plain substitution is done, whatever widths, attributes or conversions a template asks for: it comes from outside.
    A place without a parameter is left as it is.
    """
    if params.__class__ is dict and params:
        named: dict[str, Any] = params
    elif params.__class__ is list and params:
        named = {str(index): value for index, value in enumerate(params[: limits.FREE_MEMBERS])}
    else:
        return template
    pattern = _PERCENT if _PERCENT.search(template) else _BRACES
    return pattern.sub(_substitution(named, notes), template)


def _substitution(params: dict[str, Any], notes: Notes) -> Callable[[re.Match[str]], str]:
    position = -1
    left = limits.MESSAGE

    def substitute(match: re.Match[str]) -> str:
        nonlocal position, left
        place = match.group()
        if place in ("%%", "{{", "}}"):
            return place[0]
        name = match.group(1)
        if not name:
            position += 1
            name = str(position)
        if name not in params or left <= 0:
            return place
        value = text(params[name], limits.MESSAGE, notes, "logentry.params")
        shown = "null" if value is None else value
        left -= len(shown)
        return shown

    return substitute
