"""Bodies of bulk requests, and what the answers say."""

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores.ports import SearchDocument
from stores.search.opensearch.bulk import bodies, day_of_index, encode_document, failures, index_of


def test_a_document_says_where_it_goes():
    document = SearchDocument("2026-01-31", 7, "ab12", b'{"level":"error"}')
    action, body, end = encode_document("events", document).split(b"\n")
    assert msgspec.json.decode(action) == {"index": {"_index": "events-2026.01.31", "_id": "7:ab12"}}
    assert (body, end) == (document.body, b"")


def test_an_index_is_named_after_its_day():
    assert day_of_index("events", index_of("events", "2026-01-31")) == "2026-01-31"


@given(st.lists(st.integers(1, 12), max_size=40), st.integers(1, 30))
def test_bodies_are_bounded_and_hold_everything_in_order(sizes, longest):
    entries = [b"x" * size for size in sizes]
    parts = [entries[part] for part in bodies(entries, longest)]
    assert [entry for part in parts for entry in part] == entries
    assert all(len(part) == 1 or sum(map(len, part)) <= longest for part in parts)
    joined = itertools.pairwise(parts)
    assert all(sum(map(len, one)) + len(other[0]) > longest for one, other in joined), (
        "none is smaller than it must be"
    )


@pytest.mark.parametrize(
    ("status", "kind", "refused"),
    [
        (400, "mapper_parsing_exception", True),
        (400, "illegal_argument_exception", True),
        (400, "strict_dynamic_mapping_exception", True),
        (413, "", True),
        (400, "validation_exception", False),  # no room for another shard
        (400, "index_closed_exception", False),
        (403, "cluster_block_exception", False),
        (403, "security_exception", False),
        (404, "index_not_found_exception", False),
        (429, "rejected_execution_exception", False),
        (429, "circuit_breaking_exception", False),
        (500, "exception", False),
        (503, "unavailable_shards_exception", False),
    ],
)
def test_only_what_is_the_documents_own_fault_is_refused(status, kind, refused):
    good = {"index": {"status": 201}}
    bad = {"index": {"status": status, "error": {"type": kind, "reason": "says the test"}}}
    answer = {"errors": True, "items": [good, bad, good]}
    assert list(failures(answer)) == [(1, refused, f"{kind}: says the test")]


def test_an_answer_without_errors_has_no_failures():
    assert list(failures({"errors": False, "items": [{"index": {"status": 200}}]})) == []
