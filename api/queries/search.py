"""From a parsed search to conditions on ``events``. The same language filters issues and events."""

import re

from api.errors import ApiError
from api.queries.where import Where
from api.search_syntax import SearchSyntaxError, Term, parse_search

#: Fields that are columns of text.
_COLUMNS = {
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
_ARRAYS = {"type": "exception_types", "value": "exception_values"}

#: What the text index takes for a word (its tokenizer is splitByNonAlpha): ASCII letters and digits, and everything that
#: is not ASCII.
_TOKEN = re.compile(r"[a-zA-Z0-9\u0080-\U0010ffff]+")
_LIKE_SPECIAL = re.compile(r"([\\%_])")


def add_search(where: Where, parameter: str, text: str) -> None:
    """Add the conditions of a search, given as a parameter of the URL.

    Raises:
        ApiError: 400, with the position of the mistake.
    """
    try:
        terms = parse_search(text)
    except SearchSyntaxError as error:
        raise ApiError(
            400,
            "bad_search",
            f"Parameter {parameter!r} cannot be read at position {error.position}: {error}",
            {"parameter": parameter, "position": error.position},
        ) from error
    for term in terms:
        condition = _condition(where, term)
        where.add(f"NOT ({condition})" if term.negated else condition)


def _condition(where: Where, term: Term) -> str:
    if term.field is None:
        return _text_condition(where, term.parts)
    if not term.is_tag:
        if column := _COLUMNS.get(term.field):
            return _value_condition(where, column, term.parts)
        if array := _ARRAYS.get(term.field):
            return _array_condition(where, array, term.parts)
    tag = f"tags[{where.parameter('String', term.field)}]"
    return _value_condition(where, tag, term.parts)


def _text_condition(where: Where, parts: tuple[str, ...]) -> str:
    """Whole words, in this order. The text is stored in lower case."""
    parts = tuple(part.lower() for part in parts)
    if len(parts) > 1:
        return f"match(search_text, {where.parameter('String', _word_pattern(parts))})"
    text = parts[0]
    tokens = _TOKEN.findall(text)
    conditions = []
    if tokens:
        conditions.append(f"hasAllTokens(search_text, {where.parameter('Array(String)', tokens)})")
    if tokens != [text]:
        conditions.append(f"position(search_text, {where.parameter('String', text)}) > 0")
    return " AND ".join(conditions)


def _word_pattern(parts: tuple[str, ...]) -> str:
    """A regular expression (RE2) for a word with wildcards, which do not reach over blanks."""
    escaped = (re.sub(r"([^a-z0-9\u0080-\U0010ffff])", r"\\\1", part) for part in parts)
    start = "" if not parts[0] else r"(^|[^\pL\pN])"
    end = "" if not parts[-1] else r"([^\pL\pN]|$)"
    return start + r"\S*".join(escaped) + end


def _value_condition(where: Where, column: str, parts: tuple[str, ...]) -> str:
    if len(parts) == 1:
        return f"{column} = {where.parameter('String', parts[0])}"
    if not any(parts):
        return f"{column} != ''"
    return f"{column} LIKE {where.parameter('String', _like_pattern(parts))}"


def _array_condition(where: Where, column: str, parts: tuple[str, ...]) -> str:
    if len(parts) == 1:
        return f"has({column}, {where.parameter('String', parts[0])})"
    if not any(parts):
        return f"notEmpty({column})"
    return f"arrayExists(x -> x LIKE {where.parameter('String', _like_pattern(parts))}, {column})"


def _like_pattern(parts: tuple[str, ...]) -> str:
    return "%".join(_LIKE_SPECIAL.sub(r"\\\1", part) for part in parts)
