"""Documents for the search store."""

import msgspec
import pytest

from agents.sinks.opensearch.encode import document_of
from schemas.event import User
from stores.search.opensearch.template import SHOWN, index_template
from tests.event_factory import hex_id, make_record


def body_of(**fields):
    return msgspec.json.decode(document_of(make_record(1, **fields)).body)


def test_a_document_goes_to_the_day_of_receipt_whatever_the_events_own_time():
    record = make_record(1, at=1_767_225_599.0, received=1_767_225_600.25)
    document = document_of(record)
    assert (document.day, document.project, document.event_id) == ("2026-01-01", 1, hex_id(("event", 1, 1)))
    body = msgspec.json.decode(document.body)
    assert (body["received"], body["timestamp"]) == (1_767_225_600_250_000, 1_767_225_599_000_000)


def test_every_field_is_in_the_mapping_and_every_field_of_the_mapping_is_written():
    properties = index_template("events", 1, 1)["template"]["mappings"]["properties"]
    assert set(body_of()) == set(properties)
    assert set(SHOWN) <= set(properties)


def test_what_an_event_does_not_have_is_empty_text():
    body = body_of(type=None, value=None)
    assert body["release"] == body["user_id"] == body["user_key"] == body["message"] == ""
    assert body["exception_types"] == body["exception_values"] == body["tag_pairs"] == []


def test_tags_that_cannot_be_searched_for_are_only_shown():
    tags = {"region": "eu", "empty": "", "two\nlines": "x", "a=b": "c\nd"}
    body = body_of(tags=tags, user=User(email="a@b.c"))
    assert body["tags"] == tags
    assert body["tag_pairs"] == ["region\neu", "a=b\nc\nd"]
    assert body["user_key"] == "email:a@b.c"


def test_a_document_is_one_line_and_its_text_in_lower_case():
    document = document_of(make_record(1, value="First\nSecond Ü"))
    assert b"\n" not in document.body
    assert "first\nsecond ü" in msgspec.json.decode(document.body)["search_text"]


def test_what_is_not_an_event_is_refused():
    with pytest.raises(msgspec.MsgspecError):
        document_of(make_record(1)._replace(value=b"{}"))


def test_encoding_twice_gives_the_same():
    record = make_record(1, tags={"b": "1", "a": "2"})
    assert document_of(record) == document_of(record)
