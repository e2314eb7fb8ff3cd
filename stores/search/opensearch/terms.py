"""From the terms of a search to conditions of OpenSearch's query language: pure. ``stores.search.syntax`` says what they
mean."""

import re
from collections.abc import Sequence
from typing import Any

from stores.search.opensearch.template import TAG_SEPARATOR
from stores.search.syntax import COLUMNS, LISTS, WORD, Term

Query = dict[str, Any]

_WORDS = "search_text"
_RUNS = "search_text.runs"
_TAGS = "tag_pairs"

_WORD = re.compile(f"[{WORD}]+")
_PATTERN_SPECIAL = re.compile(r"([^a-zA-Z0-9\u0080-\U0010ffff])")

#: Work that the automaton of one pattern may cost; the default is 10,000. Values of the greatest length, with as many
#: wildcards as may be, of which the pieces are alike, take up to 100,000 and 0.2 s.
_MOST_WORK = 200_000


def conditions(terms: Sequence[Term]) -> list[Query]:
    """One condition a term."""
    return [_not(_condition(term)) if term.negated else _condition(term) for term in terms]


def _condition(term: Term) -> Query:
    if term.field is None:
        return _text_condition(tuple(part.lower() for part in term.parts))
    if not term.is_tag:
        if field := COLUMNS.get(term.field):
            return _value_condition(field, term.parts)
        if field := LISTS.get(term.field):
            return _list_condition(field, term.parts)
    return _tag_condition(term.field, term.parts)


def _text_condition(parts: tuple[str, ...]) -> Query:
    if len(parts) == 1:
        return {"match_phrase": {_WORDS: parts[0]}}
    written = [part for part in parts if part]
    if len(written) == 1 and _WORD.fullmatch(written[0]):
        # A piece of one word: there are far fewer words than runs.
        return _matching(_WORDS, parts)
    start = rf"(.*[^{WORD}])?" if _WORD.match(parts[0]) else ".*"
    end = rf"([^{WORD}].*)?" if _WORD.match(parts[-1][-1:]) else ".*"
    return _regexp(_RUNS, start + ".*".join(map(_escape, parts)) + end)


def _value_condition(field: str, parts: tuple[str, ...]) -> Query:
    if len(parts) == 1:
        return {"term": {field: parts[0]}}
    if not any(parts):
        return _not({"term": {field: ""}})
    return _matching(field, parts)


def _list_condition(field: str, parts: tuple[str, ...]) -> Query:
    exists = {"exists": {"field": field}}
    if parts == ("",):
        return _not(exists)
    if len(parts) == 1:
        return {"term": {field: parts[0]}}
    return _matching(field, parts) if any(parts) else exists


def _tag_condition(name: str, parts: tuple[str, ...]) -> Query:
    """Tags without a value are not indexed, so that they are like tags that are not there."""
    start = name + TAG_SEPARATOR
    if parts == ("",):
        return _not({"prefix": {_TAGS: start}})
    first, *others = parts
    if not others:
        return {"term": {_TAGS: start + first}}
    if not any(parts):
        return {"prefix": {_TAGS: start}}
    return _matching(_TAGS, (start + first, *others))


def _matching(field: str, parts: tuple[str, ...]) -> Query:
    if len(parts) == 2 and not parts[1]:
        return {"prefix": {field: parts[0]}}
    return _regexp(field, ".*".join(map(_escape, parts)))


def _regexp(field: str, pattern: str) -> Query:
    """``flags``: only the standard operators, none of Lucene's own."""
    query = {"value": pattern, "flags": "NONE", "max_determinized_states": _MOST_WORK}
    return {"regexp": {field: query}}


def _escape(text: str) -> str:
    return _PATTERN_SPECIAL.sub(r"\\\1", text)


def _not(query: Query) -> Query:
    return {"bool": {"must_not": query}}
