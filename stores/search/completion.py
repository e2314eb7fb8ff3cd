"""What could be written at a place of a search: pure. The values themselves come from the stores."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from stores.search.issue_syntax import ME, NOBODY, STATES
from stores.search.syntax import COLUMNS, ISSUE_FIELDS, LISTS, MAX_LENGTH, field_at

#: What issues can be asked for, as examples where there is no list.
ISSUE_VALUES: dict[str, tuple[str, ...]] = {
    "is": STATES,
    "assigned": (ME, NOBODY),
    "times": (">100",),
    "users": (">10",),
    "first_seen": ("-24h", "-7d"),
    "last_seen": ("-1h", "+7d"),
}
_FIELDS = (*COLUMNS, *LISTS)
_RESERVED = {*_FIELDS, *ISSUE_FIELDS, "has"}

_BLANKS = re.compile(r"\s*")
#: A term, whole or as far as it was written.
_TERM = re.compile(r'!?(?:[^\s"]*"(?:[^"\\]|\\.)*(?:"|$)|[^\s"]+|$)', re.DOTALL)
_PLAIN = re.compile(r'[^\s"*!][^\s"*]*')
_NAME = re.compile(r"[A-Za-z0-9_.\-/]{1,200}", re.ASCII)
_BRACKETED = re.compile(r'[^\]\s"]{1,200}')


class Asked(NamedTuple):
    """What is asked for: the name of a field where ``field`` is None, else a value of it. ``prefix`` is what is written of it
    before the cursor; what is chosen replaces the characters from ``start`` up to ``end``. ``has`` says that the name stands
    behind ``has:``, and ``is_tag`` that the field was written as tags[NAME]."""

    field: str | None
    is_tag: bool
    prefix: str
    start: int
    end: int
    has: bool = False


def asked_at(text: str, at: int) -> Asked:
    """What is asked for at a place of a query, which need not be whole yet."""
    text, position = text[:MAX_LENGTH], 0
    at = min(max(at, 0), len(text))
    while match := _BLANKS.match(text, position):
        start = match.end()
        term = _TERM.match(text, start)
        if start > at or term is None or start == len(text):
            break
        if at <= term.end():
            return _asked_in(text, start + text.startswith("!", start), term.end(), at)
        position = max(term.end(), start + 1)
    return Asked(None, False, "", at, at)


def _asked_in(text: str, start: int, end: int, at: int) -> Asked:
    at = max(at, start)
    found = field_at(text[:at], start)
    if found is None:
        colon = field_at(text, start)
        return Asked(None, False, text[start:at], start, colon.end if colon else end)
    if found.name == "has" and not found.is_tag:
        return Asked(None, False, text[found.end : at], found.end, end, has=True)
    prefix = text[found.end : at]
    if prefix.startswith('"'):
        prefix = re.sub(r"\\(.)", r"\1", prefix[1:])
    return Asked(found.name, found.is_tag, prefix, found.end, end)


def field_names(asked: Asked, of_issues: bool, tags: Iterable[str]) -> list[str]:
    """What to write for the fields and tags that begin with what was asked for."""
    names = list(_FIELDS)
    if not asked.has:
        names += ["has", *(ISSUE_FIELDS if of_issues else ())]
    names = sorted(name for name in names if name.startswith(asked.prefix.lower()))
    names += [written for name in tags if (written := _tag(name))]
    return names if asked.has else [f"{name}:" for name in names]


def _tag(name: str) -> str | None:
    """How a tag is written; None where it cannot be."""
    if name not in _RESERVED and _NAME.fullmatch(name):
        return name
    return f"tags[{name}]" if _BRACKETED.fullmatch(name) else None


def written_value(value: str) -> str:
    """How a value is written: in quotes where it must be."""
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
