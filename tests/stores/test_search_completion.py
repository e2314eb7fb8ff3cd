"""What is asked for at a place of a search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores.search.completion import Asked, asked_at, field_names, written_value
from stores.search.syntax import Term, parse_terms


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("|", Asked(None, False, "", 0, 0)),
        ("le|", Asked(None, False, "le", 0, 2)),
        ("l|evel:error", Asked(None, False, "l", 0, 6)),
        ("word |", Asked(None, False, "", 5, 5)),
        ("a | b", Asked(None, False, "", 2, 2)),
        ("!rel|", Asked(None, False, "rel", 1, 4)),
        ("level:|", Asked("level", False, "", 6, 6)),
        ("x level:er|ror y", Asked("level", False, "er", 8, 13)),
        ('x tags[level]:"a b|', Asked("level", True, "a b", 14, 18)),
        (r'release:"a \"b|" x', Asked("release", False, 'a "b', 8, 15)),
        ("has:rel|", Asked(None, False, "rel", 4, 7, has=True)),
        ('"free text|', Asked(None, False, '"free text', 0, 10)),
    ],
)
def test_what_is_asked_for(text, asked):
    at = text.index("|")
    assert asked_at(text.replace("|", ""), at) == asked


@given(st.text(alphabet='ab:!"\\ *[]tags\n', max_size=30), st.integers(-5, 40))
def test_any_place_of_any_text_has_an_answer(text, at):
    asked = asked_at(text, at)
    assert 0 <= asked.start <= asked.end <= len(text)


def test_fields_of_issues_are_those_of_lists_of_issues():
    asked = asked_at("i", 1)
    assert field_names(asked, True, []) == ["is:", "issue:"]
    assert field_names(asked, False, ["id", "level", "é"]) == ["issue:", "id:", "tags[level]:", "tags[é]:"]
    assert field_names(asked_at("has:l", 5), True, []) == ["level", "logger"]


@given(st.text(min_size=1, max_size=50))
def test_written_values_are_read_as_they_were(value):
    assert parse_terms(f"release:{written_value(value)}") == [Term("release", False, (value,), False, 0)]
