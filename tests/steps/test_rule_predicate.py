"""Queries of rules mean what searches mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.match.changes import match_changes
from agents.match.step import match_event
from agents.rules.book import book_of
from agents.rules.compiled import compile_rule
from agents.rules.predicate import predicate_of
from agents.rules.subject import EventSubject
from schemas.event import User
from schemas.headers import Position
from schemas.records import IssueChange
from schemas.rules import Count, NewIssue, Regression, Rule
from stores.search.syntax import Term, parse_search
from tests.contract.search_cases import CASES, EVENTS
from tests.contract.search_reference import Searched
from tests.event_factory import make_record

RECORDS = [make_record(n, **fields) for n, fields in enumerate(EVENTS)]
SUBJECTS = [EventSubject(record.value) for record in RECORDS]
REFERENCE = [Searched(record) for record in RECORDS]


@pytest.mark.parametrize(("query", "expected"), CASES, ids=[query for query, _ in CASES])
def test_a_query_finds_what_a_search_finds(query, expected):
    predicate = predicate_of(parse_search(query))
    assert {n for n, subject in enumerate(SUBJECTS) if predicate is None or predicate(subject)} == expected


_PART = st.text(alphabet="ab.é*", max_size=4).map(lambda text: text.replace("*", "a"))


@given(
    field=st.sampled_from([None, "level", "title", "user.id", "type", "value", "server", "tags.x"]),
    parts=st.lists(_PART, min_size=1, max_size=4),
    negated=st.booleans(),
    text=st.text(alphabet="ab.é ", max_size=12),
)
def test_any_term_means_what_the_reference_says(field, parts, negated, text):
    if field is None and not any(parts):
        return
    record = make_record(
        0, type=text or None, value=text, message=text, tags={"server": text}, user=User(id=text or None)
    )
    term = Term(field, False, tuple(parts), negated, 0)
    predicate = predicate_of([term])
    assert predicate is not None
    assert predicate(EventSubject(record.value)) == Searched(record).matches([term])


def make_rule(condition, id=3, **parts):
    return Rule(id=id, project=1, version=2, name="x", condition=condition, **parts)


def test_an_event_is_matched_with_its_scope_and_user():
    record = make_record(0, release="1.0", environment="staging", user=User(id="7"))
    rules = [
        compile_rule(make_rule(Count(window=60, above=1), per="release", environment="staging")),
        compile_rule(make_rule(Count(window=60, above=1), release="2.0")),
    ]
    counted = match_event(record.value, Position(1, 2, 3), rules, {})
    assert counted is not None
    assert (counted.rules, counted.source) == (((3, 2, "1.0"),), (1, 2, 3))
    assert counted.user is not None
    assert match_event(record.value, Position(1, 2, 3), rules[1:], {}) is None


def change_of(subject, change="created"):
    event = subject.view.event
    return IssueChange(
        f"c:{change}",
        1,
        subject.view.issue_id,
        change,
        1.0,
        event.event_id,
        "Boom",
        "in a",
        event.level,
        "other",
    )


@pytest.mark.parametrize(("query", "expected"), CASES, ids=[query for query, _ in CASES])
def test_a_change_is_matched_by_its_event(query, expected):
    book = book_of([compile_rule(make_rule(NewIssue(), query=query))])
    matched = {
        n
        for n, (record, subject) in enumerate(zip(RECORDS, SUBJECTS, strict=True))
        if match_changes(record.value, [change_of(subject)], (book, {}))
    }
    assert matched == expected


def test_a_change_is_matched_by_rules_that_wait_for_it():
    record = make_record(0, release="1.0", environment="staging", tags={"team": "a"})
    rules = [
        make_rule(NewIssue(), query="tags[team]:a", per="release"),
        make_rule(NewIssue(), id=4, environment="production"),
        make_rule(Count(window=60, above=1), id=5),
    ]
    book = book_of(map(compile_rule, rules))
    subject = EventSubject(record.value)
    created, regressed = change_of(subject), change_of(subject, "regressed")
    (matched,) = match_changes(record.value, [created, regressed], (book, {}))
    assert (matched.id, matched.rules) == ("c:created", ((3, 2, "1.0"),))
    assert match_changes(b"is not read", [regressed], (book, {})) == []


def test_merged_issues_are_one_to_a_rule():
    records = [make_record(0, issue=name) for name in ("member", "root", "other")]
    member, root, other = (EventSubject(record.value).issue for record in records)
    roots = {member: root}
    limits = [{"issue": member}, {"issue": root}, {"query": f"issue:{member}"}, {"query": f"issue:{root}"}]
    rules = [compile_rule(make_rule(Count(window=60, above=1), **limit)) for limit in limits]
    rules.append(compile_rule(make_rule(Count(window=60, above=1), per="issue", query=f"!issue:{other}")))
    for record in records[:2]:
        counted = match_event(record.value, Position(1, 2, 3), rules, roots)
        assert counted is not None and counted.issue_id == root
        assert counted.rules == ((3, 2, ""),) * 4 + ((3, 2, root),)
    assert match_event(records[2].value, Position(1, 2, 3), rules, roots) is None
    waits = [
        make_rule(Regression(), id=number, issue=issue) for number, issue in enumerate((member, root, other))
    ]
    change = change_of(EventSubject(records[0].value), "regressed")
    (matched,) = match_changes(records[0].value, [change], (book_of(map(compile_rule, waits)), roots))
    assert (matched.issue_id, {rule for rule, _, _ in matched.rules}) == (root, {0, 1})
