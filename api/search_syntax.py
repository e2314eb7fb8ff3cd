"""The language of searches, parsed. docs/api.md describes it.

    query := term*                       separated by blanks; all must match
    term  := ['!'] [field ':'] value     '!' negates
    field := letters, digits, '_', '.', '-', '/', or tags[NAME]
    value := '"' … '"'                   with \\" and \\\\ inside, or characters up to the next blank

In a value that is not quoted, ``*`` stands for any characters.
"""

import re
from typing import NamedTuple

MAX_LENGTH = 2000
MAX_TERMS = 50

_BLANK = re.compile(r"\s*")
_FIELD = re.compile(r"(?:tags\[([^\]\s\"]{1,200})\]|([A-Za-z0-9_.\-/]{1,200})):")
_BARE = re.compile(r"[^\s\"]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class SearchSyntaxError(ValueError):
    """A query that cannot be read. ``position`` counts characters from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class Term(NamedTuple):
    """One condition.

    ``field`` is None for a word or phrase in the text; ``is_tag`` says that it was written as tags[NAME]. ``parts`` is
    the value, split at its wildcards: a value without any is one part.
    """

    field: str | None
    is_tag: bool
    parts: tuple[str, ...]
    negated: bool
    position: int


def parse_search(text: str) -> list[Term]:
    """The terms of a query; none for an empty one.

    Raises:
        SearchSyntaxError: it cannot be read.
    """
    if len(text) > MAX_LENGTH:
        raise SearchSyntaxError(f"The query is longer than {MAX_LENGTH} characters.", MAX_LENGTH)
    terms: list[Term] = []
    position = _skip_blanks(text, 0)
    while position < len(text):
        if len(terms) == MAX_TERMS:
            raise SearchSyntaxError(f"The query has more than {MAX_TERMS} terms.", position)
        term, position = _parse_term(text, position)
        terms.append(term)
        position = _skip_blanks(text, position)
    return terms


def _skip_blanks(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _parse_term(text: str, start: int) -> tuple[Term, int]:
    negated = text[start] == "!"
    position = start + 1 if negated else start
    field, is_tag = None, False
    if match := _FIELD.match(text, position):
        field, is_tag = match[1] or match[2], match[1] is not None
        position = match.end()
    parts, end = _parse_value(text, position, field)
    if field is None and not any(parts):
        raise SearchSyntaxError(
            "This matches everything: write at least one letter beside the '*'.", position
        )
    return Term(field, is_tag, parts, negated, start), end


def _parse_value(text: str, position: int, field: str | None) -> tuple[tuple[str, ...], int]:
    if match := _QUOTED.match(text, position):
        value = _ESCAPE.sub(r"\1", match[1])
        if field is None and not value.strip():
            raise SearchSyntaxError("There is nothing between the quotes.", position)
        return _ended(text, (value,), match.end())
    if text.startswith('"', position):
        raise SearchSyntaxError("This quote is not closed.", position)
    if match := _BARE.match(text, position):
        return _ended(text, tuple(re.split(r"\*+", match[0])), match.end())
    if field is None:
        raise SearchSyntaxError("A '!' needs a word or a field behind it.", position)
    raise SearchSyntaxError(
        f"The field {field!r} has no value. To search for text with a colon, put it in quotes.", position
    )


def _ended(text: str, parts: tuple[str, ...], end: int) -> tuple[tuple[str, ...], int]:
    """A value must end at a blank or with the query."""
    if end < len(text) and not text[end].isspace():
        raise SearchSyntaxError('A blank is missing here; inside quotes write \\" for a quote.', end)
    return parts, end
