"""From what a client sent to the type that the protocol wants: never an error, at worst None and a sentence in the notes.

The fast path of each function is the first line: the value is already right. It is taken for nearly every field.
"""

from typing import Any

import msgspec

from agents.fingerprint import limits

_LARGEST_INTEGER = 2**53
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})


class Notes:
    """What normalisation had to mend or trim: sentences, each once, at most ``limits.MAX_ERRORS``."""

    __slots__ = ("_sentences",)

    def __init__(self) -> None:
        self._sentences: dict[str, None] = {}

    def add(self, sentence: str) -> None:
        """Note one sentence."""
        if len(self._sentences) < limits.MAX_ERRORS:
            self._sentences[sentence[: limits.ERROR].replace("\0", "\ufffd")] = None

    def sentences(self) -> tuple[str, ...]:
        """All sentences, in the order in which they were first noted."""
        return tuple(self._sentences)


def kind(value: Any) -> str:
    """The JSON name of a value's type, with its article."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def text(value: Any, longest: int, notes: Notes, name: str) -> str | None:
    """A string of at most ``longest`` characters, without NUL; None for null and for nothing.

    Numbers and booleans are written out, objects and lists as JSON.
    """
    if value.__class__ is str:
        if len(value) <= longest and "\0" not in value:
            return value or None
    elif value is None:
        return None
    else:
        value = _written_out(value, notes, name)
    return _fitted(value, longest, notes, name) or None


def line(value: Any, longest: int) -> str:
    """A string of at most ``longest`` characters, trimmed without a note: for lines of source."""
    if value.__class__ is str and len(value) <= longest and "\0" not in value:
        return value
    return trimmed(value.replace("\0", "\ufffd") if isinstance(value, str) else "", longest)


def trimmed(value: str, longest: int) -> str:
    """At most ``longest`` characters, the last an ellipsis where something was cut off."""
    return value if len(value) <= longest else value[: max(longest - 1, 0)] + "…"


def integer(value: Any, notes: Notes, name: str) -> int | None:
    """A whole number from 0 to 2⁵³; None for null and for anything else."""
    if value.__class__ is int and 0 <= value <= _LARGEST_INTEGER:
        return value
    if value is None:
        return None
    number = to_float(value)
    if number is None or not 0 <= number <= _LARGEST_INTEGER:
        notes.add(f"{name}: not a number from 0 to 2^53; left out.")
        return None
    return int(number)


def boolean(value: Any, notes: Notes, name: str) -> bool | None:
    """A boolean; None for null and for what is neither true nor false."""
    if value is True or value is False or value is None:
        return value
    word = str(value).lower() if isinstance(value, str | int) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    notes.add(f"{name}: {kind(value)} where true or false was expected; left out.")
    return None


def to_float(value: Any) -> float | None:
    """A finite number given as a number or as a string of digits; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if number - number == 0.0 else None


def mapping(value: Any, notes: Notes, name: str) -> dict[str, Any] | None:
    """An object; None for null and for anything else."""
    if value.__class__ is dict:
        return value
    if value is not None:
        notes.add(f"{name}: {kind(value)} where an object was expected; left out.")
    return None


def values_of(value: Any, notes: Notes, name: str) -> list[Any]:
    """The list in ``[…]``, ``{"values": […]}`` or a single object; empty for null and for anything else."""
    if value.__class__ is dict:
        if "values" not in value:
            return [value] if value else []
        value = value["values"]
        if value.__class__ is dict:
            return [value]
    if value.__class__ is list:
        return value
    if value is not None:
        notes.add(f"{name}: {kind(value)} where a list was expected; left out.")
    return []


def ends(values: list[Any], most: int, notes: Notes, name: str) -> list[Any]:
    """At most ``most`` values: the first and the last half."""
    if len(values) <= most:
        return values
    notes.add(f"{name}: {len(values) - most} of {len(values)} left out of the middle; {most} are kept.")
    head = (most + 1) // 2
    return values[:head] + values[len(values) - (most - head) :]


def _written_out(value: Any, notes: Notes, name: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number_text(value)
    notes.add(f"{name}: {kind(value)} where a string was expected; kept as JSON.")
    try:
        return msgspec.json.encode(value).decode()
    except (RecursionError, msgspec.MsgspecError, TypeError, ValueError):
        return kind(value)


def _number_text(value: float) -> str:
    if isinstance(value, int):
        return str(value) if -(2**63) <= value < 2**64 else "a very large number"
    return "" if to_float(value) is None else repr(value)


def _fitted(value: str, longest: int, notes: Notes, name: str) -> str:
    if "\0" in value:
        notes.add(f"{name}: NUL characters replaced.")
        value = value.replace("\0", "\ufffd")
    if len(value) > longest:
        notes.add(f"{name}: trimmed from {len(value)} to {longest} characters.")
        value = trimmed(value, longest)
    return value
