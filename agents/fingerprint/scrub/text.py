"""The patterns of one project, compiled, and how they are applied to text. RE2 throughout: linear time on any input."""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

import re2

from agents.fingerprint.scrub.checks import CHECKS, Check
from agents.fingerprint.scrub.found import Found, Span, Spans
from agents.fingerprint.scrub.keys import Keys, Sensitivity
from agents.fingerprint.scrub.rules import ValueRule, joined

#: Between the strings of one scan. Line ends, so that ``^`` and ``$`` hold at the ends of each.
SEPARATOR = "\n\0\n"
#: A refused match is looked into again from its value on, if the value is no longer than this.
_LOOK_AGAIN = 256
#: Bytes that an automaton may take, at most.
_MEMORY = 64 * 1024 * 1024
_GROUP = re.compile(r"\(\?P<\w+>")
#: A name that may be sensitive: as it is searched for, and as it is taken apart afterwards.
_KEY = r"[\w\x{80}-\x{10ffff}.\-\[\]%]*(?:{stems})[\w\x{80}-\x{10ffff}.\-\[\]%]*"
_ANY_KEY = r"(?P<key>[\w\x{80}-\x{10ffff}.\-\[\]%]+(?: [\w\x{80}-\x{10ffff}.\-\[\]%]+){0,3})"


class Pattern(NamedTuple):
    """A compiled rule. ``replacement`` makes of the removed text what stands in its place.

    ``search`` finds matches; it captures nothing, so that RE2 need only run its automaton, whose time does not depend on the
    size of the pattern. ``parts`` then takes one match apart. ``value``, ``key``, ``operator`` and ``close`` are the
    numbers of its groups; 0 is the whole match.
    """

    name: str
    search: "re2._Regexp"
    parts: "re2._Regexp | None"
    check: Check | None
    replacement: Callable[[str], str]
    value: int
    key: int
    operator: int
    close: int


def compiled(rule: ValueRule, keys: Keys, replacement: Callable[[str], str] | None = None) -> Pattern:
    """A rule ready to be applied; what it finds is replaced by its marker unless ``replacement`` says otherwise.

    Raises:
        ValueError: the pattern is not in RE2's syntax, or too large.
    """
    source = joined(rule.pattern.strip())
    # No match goes beyond its string when all strings are scanned at once.
    source = source.replace("[^", r"[^\x00")
    search = _compiled(
        _GROUP.sub("(?:", source).replace("{KEY}", _KEY.replace("{stems}", keys.stems())), rule.name
    )
    parts = _compiled(source.replace("{KEY}", _ANY_KEY), rule.name)
    groups = {name.decode(): number for name, number in parts.groupindex.items()}
    marker = rule.marker
    return Pattern(
        rule.name,
        search,
        parts if groups else None,
        CHECKS[rule.check] if rule.check else None,
        replacement or (lambda _text: marker),
        *(groups.get(name, 0) for name in ("value", "key", "operator", "close")),
    )


def _compiled(source: str, name: str) -> "re2._Regexp":
    try:
        return re2.compile(source.encode(), _options())
    except re2.error as error:
        raise ValueError(f"The pattern of rule {name!r} cannot be used: {error}.") from error


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    return options


class TextRules:
    """An ordered set of patterns. ``patterns[n]`` is the pattern that ``hits`` calls ``n``."""

    def __init__(self, patterns: Iterable[Pattern], keys: Keys, allowed: Iterable[str]) -> None:
        self.patterns = tuple(patterns)
        self._keys = keys
        self._allowed = tuple(re2.compile(pattern) for pattern in allowed)
        self._any = re2.Set.SearchSet(_options())
        for pattern in self.patterns:
            self._any.Add(pattern.search.pattern)
        if self.patterns:
            self._any.Compile()

    def hits(self, strings: list[str]) -> dict[int, list[int]]:
        """For each string that may hold a secret, by its place: the patterns that match it, in order.

        All strings are scanned at once; the cost of a call is what a scan costs, not what a string does.
        """
        found: dict[int, list[int]] = {}
        if not strings or not self.patterns:
            return found
        text = SEPARATOR.join(strings)
        if text.count("\0") != len(strings) - 1:
            text = SEPARATOR.join([string.replace("\0", "\ufffd") for string in strings])
        data = text.encode("utf-8", "replace")
        for number in sorted(self._any.Match(data) or ()):
            place = position = 0
            for match in self.patterns[number].search.finditer(data):
                start = match.start()
                place += data.count(b"\0", position, start)
                position = start
                # A custom pattern may match across strings: each of them is looked at by itself.
                for covered in range(place, place + data.count(b"\0", start, match.end()) + 1):
                    numbers = found.setdefault(covered, [])
                    if not numbers or numbers[-1] != number:
                        numbers.append(number)
        return found

    def scrub(self, text: str, numbers: Iterable[int], code: bool) -> tuple[str, list[str]]:
        """The text without what the patterns find, and the names of the rules that found something.

        ``code``: the text is a line of source.
        """
        names = []
        for number in numbers:
            pattern = self.patterns[number]
            after = self._replaced(pattern, text, code)
            if after is not None:
                text = after
                names.append(pattern.name)
        return text, names

    def _replaced(self, pattern: Pattern, text: str, code: bool) -> str | None:
        data = text.replace("\0", "\ufffd").encode("utf-8", "replace")
        # One character a byte: the checks look at ASCII only, and their offsets are those of the bytes.
        view = data.decode("latin-1")
        pieces: list[bytes] = []
        end = position = 0
        while (match := pattern.search.search(data, position)) is not None:
            whole = match.span()
            parts = pattern.parts.fullmatch(data, *whole) if pattern.parts is not None else match
            spans = self._spans(pattern, parts, view, code) if parts is not None else ()
            for start, stop in spans:
                removed = data[start:stop].decode("utf-8", "replace")
                if self._is_allowed(removed):
                    continue
                pieces += (data[end:start], pattern.replacement(removed).encode("utf-8", "replace"))
                end = stop
            start = parts.span(pattern.value)[0] if parts is not None else whole[1]
            again = not spans and whole[0] < start and whole[1] - start <= _LOOK_AGAIN
            position = max(spans[-1][1] if spans else start if again else whole[1], position + 1)
            if position > len(data):
                break
        if not pieces:
            return None
        return (b"".join(pieces) + data[end:]).decode("utf-8", "replace")

    def _spans(self, pattern: Pattern, match: "re2._Match", view: str, code: bool) -> Spans:
        value: Span = match.span(pattern.value)
        if pattern.key:
            start, stop = match.span(pattern.key)
            key = view[start:stop].encode("latin-1").decode("utf-8", "replace")
            sensitivity = self._keys.sensitivity(key)
            if sensitivity is Sensitivity.PLAIN:
                return ()
            if sensitivity is Sensitivity.QUANTITY and view[value[0] : value[1]].strip("\"'\\ ").isdigit():
                return ()
        else:
            key = ""
        if pattern.check is None:
            return (value,) if value[1] > value[0] else ()
        operator = view[slice(*match.span(pattern.operator))] if pattern.operator else ""
        closing = view[slice(*match.span(pattern.close))] if pattern.close else ""
        return pattern.check(Found(view, match.span(), value, key, operator, closing, code, self._keys))

    def _is_allowed(self, text: str) -> bool:
        return any(allowed.fullmatch(text) for allowed in self._allowed)
