"""Archive objects."""

import json

import msgspec
import pytest
import zstandard
from event_factory import hex_id, make_record
from hypothesis import given
from hypothesis import strategies as st

from agents.sinks.archive import encode
from agents.sinks.archive.encode import decode_object, encode_object, entry_of, find_entry

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3)
    ),
    max_leaves=10,
)


def test_an_entry_has_what_the_record_has():
    record = make_record(5, issue="a", received=1_700_000_000.25, payload=b'{"a": 1}')
    entry = entry_of(record)
    assert (entry.offset, entry.event_id, entry.issue_id) == (5, hex_id(("event", 1, 5)), hex_id("a"))
    assert (entry.project, entry.key_id, entry.sdk, entry.protocol) == (1, 7, "test/1.0", "store")
    assert (entry.received, entry.day) == (1_700_000_000.25, "2023-11-14")
    assert bytes(entry.payload) == b'{"a": 1}'


@given(st.lists(JSON_VALUES, max_size=5), st.sampled_from([None, 2]))
def test_objects_come_back_as_they_were(payloads, indent):
    entries = [
        entry_of(make_record(n, payload=json.dumps(payload, indent=indent).encode()))
        for n, payload in enumerate(payloads)
    ]
    decoded = decode_object(encode_object(entries))
    assert decoded == entries
    assert [msgspec.json.decode(entry.payload) for entry in decoded] == payloads


def test_every_line_is_one_event():
    entries = [entry_of(make_record(n, payload=b'{\r\n "a":\n1}')) for n in range(3)]
    lines = zstandard.ZstdDecompressor().decompress(encode_object(entries)).splitlines()
    assert [json.loads(line)["offset"] for line in lines] == [0, 1, 2]
    assert set(json.loads(lines[0])) == {
        "offset",
        "event_id",
        "issue_id",
        "received",
        "project",
        "key_id",
        "content_type",
        "sdk",
        "protocol",
        "payload",
        "client_address",
    }


def test_an_event_is_found_by_its_id():
    entries = [entry_of(make_record(n)) for n in range(3)]
    assert find_entry(entries, hex_id(("event", 1, 2))) is entries[2]
    assert find_entry(entries, hex_id("other")) is None


WHOLE = encode_object([entry_of(make_record(n)) for n in range(3)])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"text",
        zstandard.compress(b"{}"),
        zstandard.compress(b'{"offset": "x"}'),
        WHOLE[:3],
        WHOLE[:-1],
        WHOLE[: len(WHOLE) // 2],
    ],
)
def test_what_is_no_whole_object_is_refused(body):
    with pytest.raises(ValueError, match="not an archive object"):
        decode_object(body)


def test_a_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(encode, "MAX_OBJECT_BYTES", 1000)
    with pytest.raises(ValueError, match="at most 1000 bytes"):
        decode_object(zstandard.compress(b" " * 2000))
    unsaid = zstandard.ZstdCompressor(write_content_size=False).compress(b" " * 2000)
    with pytest.raises(ValueError, match="at most 1000 bytes"):
        decode_object(unsaid)
