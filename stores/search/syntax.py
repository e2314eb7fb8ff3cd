"""The language of searches, parsed. docs/search.md describes it.

    query := term*                       separated by blanks; all must match
    term  := ['!'] [field ':'] value     '!' negates
    field := letters, digits, '_', '.', '-', '/', or tags[NAME]
    value := '"' … '"'                   with \\" and \\\\ inside, or characters up to the next blank

In a value that is not quoted, ``*`` stands for any characters. ``has:field`` is ``field:*``. The fields of ``ISSUE_FIELDS``
are about issues: ``stores.search.issue_syntax`` reads what stands behind them.

What the terms mean, whichever store looks for them:

- A field's value is compared whole and in its case; ``*`` reaches over everything. A field that an event does not have is
  empty text.
- Text without a field is looked for in the event's search text, both in lower case. It begins and ends at the edges of
  words where it begins and ends with a word's character; what stands between its words must stand there exactly. ``*``
  does not reach over blanks, and where text begins or ends with it, the edge of a word is not asked for.
- A word's characters are ASCII letters and digits and everything that is not ASCII (``WORD``): what ClickHouse's tokenizer
  ``splitByNonAlpha`` takes for them. Blanks of the search text are ASCII's (``BLANKS``).
"""

import re
from typing import NamedTuple

MAX_LENGTH = 2000
MAX_TERMS = 50
#: Wildcards of one value, and characters of one that has any: what a pattern costs grows with one times the other, and
#: Lucene takes no automaton of more than 1,000 states in a row.
MAX_WILDCARDS = 10
MAX_PATTERN = 500

#: Fields of one text, with their columns in ClickHouse, which are their fields in OpenSearch too.
COLUMNS = {
    "level": "level",
    "environment": "environment",
    "release": "release",
    "dist": "dist",
    "platform": "platform",
    "logger": "logger",
    "sdk": "sdk",
    "server_name": "server_name",
    "transaction": "transaction",
    "culprit": "culprit",
    "title": "title",
    "message": "message",
    "issue": "issue_id",
    "event": "event_id",
    "user.id": "user_id",
    "user.email": "user_email",
}
#: Fields of issues rather than of their events, which only lists of issues have.
ISSUE_FIELDS = ("is", "assigned", "times", "users", "first_seen", "last_seen")
#: Fields of several texts, any of which may match. None of the texts is empty.
LISTS = {"type": "exception_types", "value": "exception_values"}

#: Members of a regular expression's character class, in lower case; read alike by Python, RE2 and Lucene.
WORD = "a-z0-9\u0080-\U0010ffff"
BLANKS = "\t\n\f\r "

_BLANK = re.compile(r"\s*")
_NAME = re.compile(r"(?:tags\[([^\]\s\"]{1,200})\]|([A-Za-z0-9_.\-/]{1,200}))")
_FIELD = re.compile(_NAME.pattern + ":")
_BARE = re.compile(r"[^\s\"]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_WORD = re.compile(f"[{WORD}]")
_PATTERN_SPECIAL = re.compile(f"([^{WORD}])")


class SearchSyntaxError(ValueError):
    """A query that cannot be read. ``position`` counts characters from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class Field(NamedTuple):
    """The field that a term begins with. ``end`` is where its value begins."""

    name: str
    is_tag: bool
    end: int


def field_at(text: str, position: int) -> Field | None:
    """The field, with the colon behind it, that stands at a place; None where there is none."""
    if match := _FIELD.match(text, position):
        return Field(match[1] or match[2], match[1] is not None, match.end())
    return None


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

    @property
    def is_of_issue(self) -> bool:
        """Whether this is about an issue rather than its events."""
        return self.field in ISSUE_FIELDS and not self.is_tag

    @property
    def value_position(self) -> int:
        """Where the value of a term with a field of ``ISSUE_FIELDS`` begins."""
        return self.position + self.negated + len(self.field or "") + 1


def parse_search(text: str) -> list[Term]:
    """The terms of a query of events; none for an empty one.

    Raises:
        SearchSyntaxError: it cannot be read, or is about issues.
    """
    terms = parse_terms(text)
    for term in terms:
        if term.is_of_issue:
            raise SearchSyntaxError(
                f"{term.field!r} is about issues, and this is a search of events. To search for a tag of this name,"
                f" write tags[{term.field}].",
                term.position,
            )
    return terms


def parse_terms(text: str) -> list[Term]:
    """The terms of a query, of issues and of events.

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


def text_pattern(parts: tuple[str, ...]) -> str:
    """A regular expression (RE2) that finds a piece of text with wildcards in the search text; both in lower case."""
    escaped = (_PATTERN_SPECIAL.sub(r"\\\1", part) for part in parts)
    start = f"(^|[^{WORD}])" if _WORD.match(parts[0]) else ""
    end = f"([^{WORD}]|$)" if _WORD.match(parts[-1][-1:]) else ""
    return start + f"[^{BLANKS}]*".join(escaped) + end


def _skip_blanks(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _parse_term(text: str, start: int) -> tuple[Term, int]:
    negated = text[start] == "!"
    position = start + 1 if negated else start
    field, is_tag = None, False
    if found := field_at(text, position):
        field, is_tag, position = found
    if field == "has" and not is_tag:
        return _parse_has(text, start, position)
    parts, end = _parse_value(text, position, field)
    if field is None and not any(parts):
        raise SearchSyntaxError(
            "This matches everything: write at least one letter beside the '*'.", position
        )
    return Term(field, is_tag, parts, negated, start), end


def _parse_has(text: str, start: int, position: int) -> tuple[Term, int]:
    """``has:field``: the field has a value."""
    match = _NAME.match(text, position)
    if match is None:
        raise SearchSyntaxError("'has:' needs the name of a field or tag behind it.", position)
    field, is_tag = match[1] or match[2], match[1] is not None
    if field in ISSUE_FIELDS and not is_tag:
        raise SearchSyntaxError(f"Every issue has {field!r}. For a tag, write tags[{field}].", position)
    return Term(field, is_tag, ("", ""), text[start] == "!", start), _ended(text, match.end())


def _parse_value(text: str, position: int, field: str | None) -> tuple[tuple[str, ...], int]:
    if match := _QUOTED.match(text, position):
        value = _ESCAPE.sub(r"\1", match[1])
        if field is None and not value.strip():
            raise SearchSyntaxError("There is nothing between the quotes.", position)
        return (value,), _ended(text, match.end())
    if text.startswith('"', position):
        raise SearchSyntaxError("This quote is not closed.", position)
    if match := _BARE.match(text, position):
        return _parts(match[0], position), _ended(text, match.end())
    if field is None:
        raise SearchSyntaxError("A '!' needs a word or a field behind it.", position)
    raise SearchSyntaxError(
        f"The field {field!r} has no value. To search for text with a colon, put it in quotes.", position
    )


def _parts(value: str, position: int) -> tuple[str, ...]:
    parts = tuple(re.split(r"\*+", value))
    if len(parts) > MAX_WILDCARDS + 1:
        raise SearchSyntaxError(f"A value may have at most {MAX_WILDCARDS} wildcards.", position)
    if len(parts) > 1 and len(value) > MAX_PATTERN:
        raise SearchSyntaxError(
            f"A value with wildcards may have at most {MAX_PATTERN} characters.", position
        )
    return parts


def _ended(text: str, end: int) -> int:
    """Where a value ends: at a blank or with the query."""
    if end < len(text) and not text[end].isspace():
        raise SearchSyntaxError('A blank is missing here; inside quotes write \\" for a quote.', end)
    return end
