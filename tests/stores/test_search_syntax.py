"""The parser of searches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores.search.syntax import (
    MAX_LENGTH,
    MAX_PATTERN,
    MAX_TERMS,
    MAX_WILDCARDS,
    SearchSyntaxError,
    Term,
    parse_search,
)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("  \t ", []),
        ("word", [Term(None, False, ("word",), False, 0)]),
        (" two words", [Term(None, False, ("two",), False, 1), Term(None, False, ("words",), False, 5)]),
        ("!not", [Term(None, False, ("not",), True, 0)]),
        ('"a phrase"', [Term(None, False, ("a phrase",), False, 0)]),
        (r'"a \"b\" \\ c"', [Term(None, False, (r'a "b" \ c',), False, 0)]),
        ('"no * wildcard"', [Term(None, False, ("no * wildcard",), False, 0)]),
        ("level:error", [Term("level", False, ("error",), False, 0)]),
        ('!user.id:"a b"', [Term("user.id", False, ("a b",), True, 0)]),
        ('release:""', [Term("release", False, ("",), False, 0)]),
        ("release:1.*", [Term("release", False, ("1.", ""), False, 0)]),
        ("release:**", [Term("release", False, ("", ""), False, 0)]),
        ("tags[a:b c]:d", None),
        ("tags[a:b]:d", [Term("a:b", True, ("d",), False, 0)]),
        ("url:http://x/?a=b", [Term("url", False, ("http://x/?a=b",), False, 0)]),
        ("a*b", [Term(None, False, ("a", "b"), False, 0)]),
    ],
)
def test_queries_and_their_terms(text, terms):
    if terms is None:
        assert parse_search(text)
    else:
        assert parse_search(text) == terms


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ('"open', 0),
        ('word "open', 5),
        ('level:"open', 6),
        ("level:", 6),
        ("a level: b", 8),
        ("!", 1),
        ("a ! b", 3),
        ("*", 0),
        ("!**", 1),
        ('""', 0),
        ('"  "', 0),
        ('"a"b', 3),
        ('a"b"', 1),
        ("x" * (MAX_LENGTH + 1), MAX_LENGTH),
        ("a " * (MAX_TERMS + 1), 2 * MAX_TERMS),
        ("x " + "a" * MAX_PATTERN + "*", 2),
        ("x a" + "*a" * (MAX_WILDCARDS + 1), 2),
    ],
)
def test_mistakes_and_their_positions(text, position):
    with pytest.raises(SearchSyntaxError) as caught:
        parse_search(text)
    assert caught.value.position == position


@given(st.text(max_size=60) | st.text(alphabet='ab:*!"\\[] .', max_size=30))
def test_any_text_is_parsed_or_refused(text):
    try:
        terms = parse_search(text)
    except SearchSyntaxError as error:
        assert 0 <= error.position <= len(text)
        return
    for term in terms:
        assert term.field is not None or any(term.parts)
        assert 0 <= term.position < len(text)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


FIELDS = st.from_regex(r"[A-Za-z0-9_.\-/]{1,20}", fullmatch=True)
VALUES = st.text(min_size=1, max_size=20).filter(str.strip)


@given(st.lists(st.tuples(st.booleans(), st.none() | FIELDS, VALUES), max_size=10))
def test_what_is_quoted_comes_back_as_it_was(written):
    text = " ".join(
        f"{'!' if negated else ''}{field + ':' if field else ''}{_quoted(value)}"
        for negated, field, value in written
    )
    assert [(term.negated, term.field, term.parts) for term in parse_search(text)] == [
        (negated, field, (value,)) for negated, field, value in written
    ]
