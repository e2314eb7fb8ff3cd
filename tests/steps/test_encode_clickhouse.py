"""Rows for ClickHouse: pure, complete, the same every time."""

import msgspec
import pytest
from event_factory import GENERATION, START, hex_id, make_record

from agents.sinks.clickhouse.encode import (
    COUNT_COLUMNS,
    EVENT_COLUMNS,
    ISSUE_COLUMNS,
    ISSUE_COUNT_COLUMNS,
    OUTCOME_COLUMNS,
    PROJECT_COUNT_COLUMNS,
    count_row,
    count_row_of,
    event_row_of,
    issue_row,
    issue_row_of,
    outcome_rows,
    outcome_rows_of,
)
from agents.users import user_key
from schemas.event import User
from schemas.records import ROLLUP_WIDTH, ErrorCount, IssueChange, Outcome, Outcomes


def _row(record):
    return dict(zip(EVENT_COLUMNS, event_row_of(record), strict=True))


def test_an_event_row_has_what_the_record_has():
    record = make_record(
        5, at=START + 0.25, release="1.2", environment="staging", user=User(id="7", email="a@b.c")
    )
    row = _row(record)
    assert row["event_id"] == hex_id(("event", 1, 5))
    assert row["timestamp"] == int(START) * 1_000_000 + 250_000
    assert (row["release"], row["environment"], row["dist"]) == ("1.2", "staging", "")
    assert (row["user_key"], row["user_id"], row["user_email"]) == ("id:7", "7", "a@b.c")
    assert (row["exception_types"], row["exception_values"]) == (["ValueError"], ["it failed"])
    assert (row["origin_partition"], row["origin_generation"], row["origin_offset"]) == (0, GENERATION, 5)
    assert (row["partition"], row["generation"], row["offset"]) == (0, GENERATION, 5)
    assert row["key_id"] == 7
    assert "valueerror" in row["search_text"]
    value = msgspec.json.decode(record.value)
    assert msgspec.json.decode(row["event"]) == value["event"]
    assert msgspec.json.decode(row["grouping"]) == value["grouping"]


def test_an_event_row_made_twice_is_the_same():
    record = make_record(5, user=User(username="u"), tags={"a": "b"})
    assert event_row_of(record) == event_row_of(record)


def test_an_event_without_anything():
    row = _row(make_record(1, type=None, value=None))
    assert row["exception_types"] == row["exception_values"] == []
    assert row["user_key"] == row["message"] == row["environment"] == ""


@pytest.mark.parametrize(
    ("user", "key"),
    [
        (User(id="1", email="e"), "id:1"),
        (User(email="e", username="u"), "email:e"),
        (User(username="u", ip_address="1.1.1.1"), "username:u"),
        (User(ip_address="1.1.1.1"), "ip:1.1.1.1"),
        (User(id=""), ""),
    ],
)
def test_users_are_told_apart_by_the_first_that_is_known(user, key):
    assert user_key(user) == key


def _incoming(value):
    return make_record(0)._replace(value=msgspec.json.encode(value))


def test_rows_of_the_other_tables():
    change = IssueChange("id", 1, "i", "created", 1.5, "e", "t", "c", "error", "python", None, "staging")
    row = dict(zip(ISSUE_COLUMNS, issue_row(change), strict=True))
    assert (row["at"], row["release"], row["environment"]) == (1_500_000, "", "staging")
    assert issue_row_of(_incoming(change)) == issue_row(change)

    count = ErrorCount(1, "i", "staging", "1.0", "error", 1200, 10, 3, "3:1:9", 5, (3, 4))
    known = msgspec.to_builtins(count)
    known["seen_users"] = known.pop("users")
    assert dict(zip((*COUNT_COLUMNS, "seen_users"), (*count_row(count), (3, 4)), strict=True)) == known
    assert count_row_of(_incoming(count)) == ("error_counts", count_row(count))
    coarse = msgspec.structs.replace(count, width=ROLLUP_WIDTH)
    table, row = count_row_of(_incoming(coarse))
    assert table == "issue_error_counts"
    assert dict(zip(ISSUE_COUNT_COLUMNS, row, strict=True)).items() <= known.items()
    table, row = count_row_of(_incoming(msgspec.structs.replace(coarse, issue_id="")))
    assert table == "project_error_counts"
    assert dict(zip(PROJECT_COUNT_COLUMNS, row, strict=True)).items() <= known.items()

    outcome = Outcome("id", 1, 2, "accepted", "", "error", 1, 2.0)
    outcomes = Outcomes((outcome, outcome))
    expected = msgspec.to_builtins(outcome) | {"at": 2_000_000}
    assert [dict(zip(OUTCOME_COLUMNS, row, strict=True)) for row in outcome_rows(outcomes)] == [expected] * 2
    assert outcome_rows_of(_incoming(outcomes)) == outcome_rows(outcomes)


@pytest.mark.parametrize("to_row", [event_row_of, issue_row_of, count_row_of, outcome_rows_of])
@pytest.mark.parametrize("value", [b"", b"{}", b"[]", b'{"project": "x"}'])
def test_what_is_no_record_is_refused(to_row, value):
    with pytest.raises(msgspec.MsgspecError):
        to_row(make_record(0)._replace(value=value))


def test_an_event_without_an_origin_is_refused():
    record = make_record(0)
    with pytest.raises(KeyError, match="origin"):
        event_row_of(record._replace(headers=record.headers[:-1]))
