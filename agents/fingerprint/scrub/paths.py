"""Dotted paths with ``*`` and ``**``, matched against the place of a value in a payload."""

from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]
Segments = tuple[str, ...]

#: Longest path that is written out.
_LONGEST = 200


def segments(pattern: str) -> Segments:
    """The parts of a dotted path, in lower case; repeated ``**`` count once."""
    parts: list[str] = []
    for part in pattern.lower().split("."):
        if part != "**" or not parts or parts[-1] != "**":
            parts.append(part)
    return tuple(parts)


def shown(path: Path) -> str:
    """A path as text, of a bounded length."""
    text = ".".join(str(part) for part in path)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def start(pattern: Segments) -> frozenset[int]:
    """The places in a pattern before anything was matched."""
    return _reach(pattern, {0})


def advance(pattern: Segments, places: frozenset[int], part: str | int) -> frozenset[int]:
    """The places in a pattern after one more part of a path. ``len(pattern)`` among them: the path matches."""
    name = str(part).lower()
    after = set()
    for place in places:
        if place < len(pattern):
            if pattern[place] == "**":
                after.add(place)
            elif pattern[place] in ("*", name):
                after.add(place + 1)
    return _reach(pattern, after)


def matches(pattern: Segments, path: Path, below: bool = False) -> bool:
    """Whether a path matches; with ``below``, whether it or a path above it does."""
    places = start(pattern)
    for part in path:
        if below and len(pattern) in places:
            return True
        places = advance(pattern, places, part)
    return len(pattern) in places


def find(data: Any, pattern: Segments) -> Iterator[tuple[Path, Any]]:
    """Each place of ``data`` that matches, with its value; nothing below a match. Linear in the data."""
    stack: list[tuple[Path, Any, frozenset[int]]] = [((), data, start(pattern))]
    while stack:
        path, value, places = stack.pop()
        if path and len(pattern) in places:
            yield path, value
            continue
        if not places:
            continue
        if value.__class__ is dict:
            stack.extend(
                ((*path, key), member, advance(pattern, places, key)) for key, member in value.items()
            )
        elif value.__class__ is list:
            stack.extend(
                ((*path, key), member, advance(pattern, places, key)) for key, member in enumerate(value)
            )


def _reach(pattern: Segments, places: set[int]) -> frozenset[int]:
    """``**`` matches nothing too."""
    reached = set(places)
    for place in places:
        while place < len(pattern) and pattern[place] == "**":
            place += 1
            reached.add(place)
    return frozenset(reached)
