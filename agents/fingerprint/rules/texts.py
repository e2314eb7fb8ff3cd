"""Texts with variables, ``db {{ transaction }}``, for fingerprints and titles."""

import re
from collections.abc import Callable
from typing import NamedTuple

from agents.fingerprint.grouping_v1.titles import main_stacktrace
from agents.fingerprint.rules.faults import RuleFault
from schemas.event import Event, Frame

#: Stands for the usual grouping; every version understands it among the values of a fingerprint.
DEFAULT = "{{ default }}"

_VARIABLE = re.compile(r"\{\{\s{0,20}([^{}\s]{1,200})\s{0,20}\}\}")
_TAGS = "tags."


class _Variable(NamedTuple):
    """``of`` is what it stands for in an event; ``words``: whether it is of people's words, which hold variable parts."""

    of: Callable[[Event], str | None]
    words: bool = False


class Text:
    """A text whose variables are known to exist."""

    def __init__(self, text: str, place: str) -> None:
        """``place`` is where it stands in the settings.

        Raises:
            RuleFault: an unknown variable, or braces that do not close.
        """
        self.is_default = _VARIABLE.fullmatch(text.strip()) is not None and "default" in text
        pieces = [DEFAULT] if self.is_default else _VARIABLE.split(text)
        self._literals = pieces[::2]
        self._variables = [_variable(name, place) for name in pieces[1::2]]
        if not self.is_default and any("{{" in piece or "}}" in piece for piece in self._literals):
            raise RuleFault(place, "braces that hold no variable; write it as {{ name }}")

    def fill(self, event: Event, without_variables: Callable[[str], str] | None = None) -> str:
        """The text with what its variables stand for; ``<none>`` for what the event does not have.

        ``without_variables`` is put to the variables that hold people's words.
        """
        filled = [self._literals[0]]
        for variable, literal in zip(self._variables, self._literals[1:], strict=True):
            found = variable.of(event) or "<none>"
            filled += [without_variables(found) if variable.words and without_variables else found, literal]
        return "".join(filled)


def _variable(name: str, place: str) -> _Variable:
    if name.startswith(_TAGS) and len(name) > len(_TAGS):
        tag = name.removeprefix(_TAGS)
        return _Variable(lambda event: event.tags.get(tag))
    known = _VARIABLES.get(name)
    if known is None:
        alone = "; it must be a part by itself" if name == "default" else ""
        raise RuleFault(place, f"there is no variable {name!r} here{alone}")
    return known


def _type(event: Event) -> str | None:
    return event.exceptions[-1].type if event.exceptions else None


def _value(event: Event) -> str | None:
    return event.exceptions[-1].value if event.exceptions else None


def _of_frame(get: Callable[[Frame], str | None]) -> _Variable:
    def of(event: Event) -> str | None:
        stacktrace = main_stacktrace(event)
        if stacktrace is None or not stacktrace.frames:
            return None
        in_app = [frame for frame in stacktrace.frames if frame.in_app]
        return get((in_app or stacktrace.frames)[-1])

    return _Variable(of)


_VARIABLES = {
    "type": _Variable(_type),
    "value": _Variable(_value, words=True),
    "message": _Variable(lambda event: event.message, words=True),
    "module": _of_frame(lambda frame: frame.module),
    "path": _of_frame(lambda frame: frame.filename or frame.abs_path),
    "function": _of_frame(lambda frame: frame.function),
    "package": _of_frame(lambda frame: frame.package),
    "release": _Variable(lambda event: event.release),
    "environment": _Variable(lambda event: event.environment),
    "level": _Variable(lambda event: event.level),
    "logger": _Variable(lambda event: event.logger),
    "transaction": _Variable(lambda event: event.transaction),
    "platform": _Variable(lambda event: event.platform),
}
