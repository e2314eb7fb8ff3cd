"""Releases: their parts, and which of two came later. The rules, with examples, are in docs/enrichment.md.

Sources: Semantic Versioning 2.0.0 §11; PEP 440 (``post``); Maven's qualifiers; the form of ``git describe``. Two departures
from SemVer, both because releases are ordered to tell regressions: numbers inside an identifier count as numbers
(``rc2`` < ``rc10``), and a build that is a number decides between versions that are otherwise equal.
"""

import re
from datetime import UTC, datetime
from typing import NamedTuple

#: Numbers of a version that count; a version with fewer is filled up with zeros.
_NUMBERS = 6
_BEFORE, _AT, _AFTER = -1, 0, 1

_HASH = re.compile(r"(?=\d*[a-f])[0-9a-f]{7,64}", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T_ -](\d\d)[:-]?(\d\d)(?:[:-]?(\d\d))?Z?)?")
_COMPACT_DATE = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?")
_VERSION = re.compile(
    r"[vV]?(?P<numbers>[0-9]{1,18}(?:\.[0-9]{1,18}){0,5})"
    r"(?:-(?P<suffix>[0-9A-Za-z_.-]{1,200})|\.?(?P<joined>[A-Za-z][0-9A-Za-z_.-]{0,199}))?"
)
_DESCRIBED = re.compile(r"(?P<commits>[0-9]{1,9})-g[0-9a-f]{4,40}(?:-dirty)?")
_WORDS = re.compile(r"[0-9]{1,18}|[A-Za-z]+")
#: Suffixes of what is the version itself, and of what came after it. All others came before it.
_SAME = frozenset({"final", "ga", "release"})
_LATER = frozenset({"post", "sp"})


class Release(NamedTuple):
    """``package@version+build``; package and build are empty where they are not given."""

    package: str
    version: str
    build: str


class ReleaseKey(NamedTuple):
    """Orders the releases of one package; those of two packages are not to be compared.

    ``stage`` is -1 for what came before the version (pre-releases), 0 for the version itself, 1 for what came after it.
    ``suffix`` holds (0, number, "") and (1, 0, word), so that numbers come before words, as in SemVer.
    """

    package: str
    numbers: tuple[int, ...]
    stage: int
    suffix: tuple[tuple[int, int, str], ...]
    build: int


def parse_release(release: str) -> Release:
    """The parts of a release; one of another form is a version as a whole. The package may hold an ``@`` itself."""
    package, _, rest = release.rpartition("@")
    version, _, build = rest.partition("+")
    return Release(package, version.strip(), build)


def release_key(release: str) -> ReleaseKey | None:
    """What orders a release among those of its package; None where its name holds no order (hashes, words)."""
    package, version, build = parse_release(release)
    if not version.isascii() or _HASH.fullmatch(version) or _UUID.fullmatch(version):
        return None
    number = int(build) if build.isascii() and build.isdigit() and len(build) <= 18 else -1
    if (date := _date(version)) is not None:
        return ReleaseKey(package, date, _AT, (), number)
    match = _VERSION.fullmatch(version)
    if match is None:
        return None
    joined = match["joined"]
    if joined is not None and "." not in match["numbers"]:
        return None
    numbers = tuple(int(part) for part in match["numbers"].split("."))
    stage, suffix = _suffix(match["suffix"] or joined or "")
    return ReleaseKey(package, _filled(numbers), stage, suffix, number)


def release_order(first: str, second: str) -> int | None:
    """-1, 0 or 1 as ``first`` is before, at or after ``second``; None where they cannot be compared."""
    if first == second:
        return 0
    one, other = release_key(first), release_key(second)
    if one is None or other is None or one.package != other.package:
        return None
    return (one > other) - (one < other)


def _date(version: str) -> tuple[int, ...] | None:
    match = _DATE.fullmatch(version) or _COMPACT_DATE.fullmatch(version)
    if match is None:
        return None
    numbers = _filled(tuple(int(part) for part in match.groups(default="0")))
    try:
        datetime(*numbers, tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError:
        return None
    return numbers


def _suffix(text: str) -> tuple[int, tuple[tuple[int, int, str], ...]]:
    if described := _DESCRIBED.fullmatch(text):
        return _AFTER, ((0, int(described["commits"]), ""),)
    words = tuple(
        (0, int(word), "") if word.isdigit() else (1, 0, word.lower()) for word in _WORDS.findall(text)
    )
    if not words or words[0][2] in _SAME:
        return _AT, words[1:]
    return (_AFTER if words[0][2] in _LATER else _BEFORE), words


def _filled(numbers: tuple[int, ...]) -> tuple[int, ...]:
    return numbers + (0,) * (_NUMBERS - len(numbers))
