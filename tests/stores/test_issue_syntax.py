"""Searches of issues."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores.search.issue_syntax import UNBOUNDED, Between, Named, parse_issue_search
from stores.search.syntax import ISSUE_FIELDS, SearchSyntaxError, Term, parse_search, parse_terms

NOW = 1_767_225_600.0  # 2026-01-01
MICROSECONDS = 1_000_000


def at(*moment):
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * MICROSECONDS


def test_the_terms_of_issues_stand_among_those_of_events():
    found = parse_issue_search('is:unresolved level:error !assigned:me times:>100 "free text"', NOW)
    assert [term.field for term in found.events] == ["level", None]
    assert found.named == [
        Named("is", "unresolved", False, 0),
        Named("assigned", "me", True, 26),
    ]
    assert found.between == [Between("times", 101, UNBOUNDED, False, 39)]


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("5", 5, 6),
        (">5", 6, UNBOUNDED),
        (">=5", 5, UNBOUNDED),
        ("<5", 0, 5),
        ("<=5", 0, 6),
        ('">5"', 6, UNBOUNDED),
        ("0", 0, 1),
    ],
)
@pytest.mark.parametrize("field", ["times", "users"])
def test_numbers_are_compared(field, value, low, high):
    [term] = parse_issue_search(f"{field}:{value}", NOW).between
    assert (term.low, term.high) == (low, high)


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("-24h", at(2025, 12, 31), UNBOUNDED),
        ("+1d", 0, at(2025, 12, 31)),
        (">-2w", at(2025, 12, 18) + 1, UNBOUNDED),
        ("<=-30m", 0, at(2025, 12, 31, 23, 30) + 1),
        ("2026-01-31", at(2026, 1, 31), at(2026, 2, 1)),
        (">2026-01-31", at(2026, 2, 1), UNBOUNDED),
        ("<2026-01-31", 0, at(2026, 1, 31)),
        ("2026-01-31T12:30", at(2026, 1, 31, 12, 30), at(2026, 1, 31, 12, 31)),
        (">=2026-01-31T12:30:05Z", at(2026, 1, 31, 12, 30, 5), UNBOUNDED),
        ("<2026-01-31T12:30:05+02:00", 0, at(2026, 1, 31, 10, 30, 5)),
        ("+9999999w", 0, 0),
    ],
)
@pytest.mark.parametrize("field", ["first_seen", "last_seen"])
def test_times_are_compared(field, value, low, high):
    [term] = parse_issue_search(f"!{field}:{value}", NOW).between
    assert term == Between(field, low, high, True, 0)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("level:error is:open", 15),
        ("is:un*", 3),
        ("!is:", 4),
        ('assigned:""', 9),
        ("assigned:a*", 9),
        ("times:many", 6),
        ("times:>", 6),
        ("!users:-1", 7),
        ("users:=5", 6),
        ("users:1e3", 6),
        ("first_seen:24h", 11),
        ("first_seen:-24y", 11),
        ("last_seen:yesterday", 10),
        ("last_seen:>0000-01-01", 10),
        ("last_seen:2026-13-01", 10),
        ("has:times", 4),
        ("has:", 4),
        ('has:"x"', 4),
        ("has:a*", 5),
    ],
)
def test_mistakes_are_pointed_at(text, position):
    with pytest.raises(SearchSyntaxError) as error:
        parse_issue_search(text, NOW)
    assert error.value.position == position, str(error.value)


@pytest.mark.parametrize("field", ISSUE_FIELDS)
def test_searches_of_events_have_no_terms_of_issues(field):
    with pytest.raises(SearchSyntaxError, match="about issues") as error:
        parse_search(f"level:error !{field}:1")
    assert error.value.position == 12
    assert parse_search(f"tags[{field}]:1") == [Term(field, True, ("1",), False, 0)]


def test_has_asks_for_any_value():
    assert parse_search("has:release !has:tags[is] has:shop.region") == [
        Term("release", False, ("", ""), False, 0),
        Term("is", True, ("", ""), True, 12),
        Term("shop.region", False, ("", ""), False, 26),
    ]


@given(st.text(), st.floats(0, 4e9))
def test_whatever_is_written_is_read_or_pointed_at(text, now):
    for query in (text, *(f"{field}:{text}" for field in ISSUE_FIELDS)):
        try:
            found = parse_issue_search(query, now)
        except SearchSyntaxError as error:
            assert 0 <= error.position <= len(query)
        else:
            assert len(found.events) + len(found.named) + len(found.between) == len(parse_terms(query))
            assert all(0 <= term.low <= UNBOUNDED and 0 <= term.high <= UNBOUNDED for term in found.between)
