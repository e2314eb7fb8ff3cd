"""Searches as predicates: what a query of a rule means for one event. It means the same as a search in the stores
(``stores/search/syntax.py``), and takes linear time."""

from collections.abc import Callable, Sequence

import re2

from agents.rules.subject import Subject
from stores.search.syntax import COLUMNS, LISTS, Term, text_pattern

Predicate = Callable[[Subject], bool]
_Match = Callable[[str], bool]


def predicate_of(terms: Sequence[Term]) -> Predicate | None:
    """Whether all terms match; None where there are none."""
    predicates = [_negated(_term(term)) if term.negated else _term(term) for term in terms]
    if not predicates:
        return None
    if len(predicates) == 1:
        return predicates[0]
    return lambda subject: all(predicate(subject) for predicate in predicates)


def field_is(field: str, value: str) -> Predicate:
    """Whether a field of one text has a value."""
    return lambda subject: subject.text_of(field) == value


def issue_is(issue: str) -> Predicate:
    """Whether it is an issue, or one that is merged with it."""
    return lambda subject: subject.is_issue(issue)


def _negated(predicate: Predicate) -> Predicate:
    return lambda subject: not predicate(subject)


def _term(term: Term) -> Predicate:
    field = term.field
    if field is None:
        search = re2.compile(text_pattern(tuple(part.lower() for part in term.parts))).search
        return lambda subject: search(subject.search_text()) is not None
    if field == "issue" and not term.is_tag and len(term.parts) == 1:
        return issue_is(term.parts[0])
    matches = _value(term.parts)
    if not term.is_tag and field in COLUMNS:
        return lambda subject: matches(subject.text_of(field))
    if not term.is_tag and field in LISTS:
        return lambda subject: any(map(matches, subject.texts_of(field) or [""]))
    return lambda subject: matches(subject.tag(field))


def _value(parts: tuple[str, ...]) -> _Match:
    """Whether a whole text is the parts with anything between them."""
    if len(parts) == 1:
        return parts[0].__eq__
    if not any(parts):
        return bool
    first, *middle, last = parts

    def matches(text: str) -> bool:
        end = len(text) - len(last)
        at = len(first)
        if end < at or not text.startswith(first) or not text.endswith(last):
            return False
        for part in middle:
            at = text.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return matches
