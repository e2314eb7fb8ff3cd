"""Bounded copies of free-form values: vars, contexts, extra, breadcrumb data, request data."""

from typing import Any

from agents.fingerprint import limits
from agents.fingerprint.coerce import Notes, kind, trimmed

_CONTAINER = 4
_SCALAR = 8
_SMALLEST, _LARGEST = -(2**63), 2**64


class Copier:
    """Copies values while a total lasts, in characters of about their JSON.

    A copy of a copy with the same total is equal: what was cut is at its bound, and costs no more the second time.
    """

    __slots__ = ("_left", "_name", "_reasons")

    def __init__(self, total: int, name: str) -> None:
        self._left = total
        self._name = name
        self._reasons: dict[str, None] = {}

    def copy(self, value: Any, depth: int = 0) -> Any:
        """A bounded copy; a container that is nested too deep becomes a word that says what it was."""
        kind_of = value.__class__
        if kind_of is str:
            cost = len(value) + 4
            if cost <= self._left and cost <= limits.FREE_STRING and "\0" not in value:
                self._left -= cost
                return value
            return self._string(value)
        if value is None or kind_of is bool:
            self._left -= _SCALAR
            return value
        if kind_of is int or kind_of is float:
            self._left -= _SCALAR
            return self._number(value)
        if depth >= limits.FREE_DEPTH:
            self._reasons[f"what is nested deeper than {limits.FREE_DEPTH} levels"] = None
            return self._string(f"[{kind(value)} of {len(value)} members]")
        return self._object(value, depth) if kind_of is dict else self._list(value, depth)

    def report(self, notes: Notes) -> None:
        """Say in the notes what was left out, if anything was."""
        if self._reasons:
            notes.add(f"{self._name}: left out {', '.join(self._reasons)}.")

    def _object(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        copied: dict[str, Any] = {}
        self._left -= _CONTAINER
        for key, member in value.items():
            if len(key) > limits.FREE_KEY or "\0" in key:
                key = self._key(key)
            if len(copied) >= limits.FREE_MEMBERS or self._left < len(key) + _SCALAR + _CONTAINER:
                self._note_rest(len(copied))
                break
            self._left -= len(key) + 4
            copied[key] = self.copy(member, depth + 1)
        return copied

    def _list(self, value: list[Any], depth: int) -> list[Any]:
        copied: list[Any] = []
        self._left -= _CONTAINER
        for member in value:
            if len(copied) >= limits.FREE_MEMBERS or self._left < _SCALAR:
                self._note_rest(len(copied))
                break
            copied.append(self.copy(member, depth + 1))
        return copied

    def _string(self, value: str) -> str:
        longest = max(min(limits.FREE_STRING, self._left) - 4, 1)
        if len(value) > longest:
            self._reasons[f"the ends of strings longer than {limits.FREE_STRING - 4} characters"] = None
            value = trimmed(value, longest)
        if "\0" in value:
            self._reasons["NUL characters"] = None
            value = value.replace("\0", "\ufffd")
        self._left -= len(value) + 4
        return value

    def _key(self, key: str) -> str:
        self._reasons[f"the ends of keys longer than {limits.FREE_KEY} characters, or NUL characters"] = None
        return trimmed(key.replace("\0", "\ufffd"), limits.FREE_KEY)

    @staticmethod
    def _number(value: float) -> float | str | None:
        if isinstance(value, int):
            return value if _SMALLEST <= value < _LARGEST else "a very large number"
        return value if value - value == 0.0 else None

    def _note_rest(self, kept: int) -> None:
        if kept >= limits.FREE_MEMBERS:
            self._reasons[f"members beyond the first {limits.FREE_MEMBERS}"] = None
        else:
            self._reasons["what went over the total size"] = None
