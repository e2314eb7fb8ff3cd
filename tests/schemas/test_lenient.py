"""The lenient decoder: what is strict JSON decodes the same, what is not is mended or refused."""

import json
import math
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.lenient import MAX_NESTING, check_nesting, decode_lenient, nesting

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)
JSON_VALUES = VALUES.filter(lambda value: "Infinity" not in json.dumps(value))
#: Bytes made of JSON's own parts, so that many of them are nearly JSON.
NEARLY = st.lists(
    st.sampled_from(
        [
            *(
                b"{",
                b"}",
                b"[",
                b"]",
                b":",
                b",",
                b'"',
                b"\\",
                b"\\ud800",
                b"\\udc00",
                b'"a"',
                b"NaN",
                b"1e999",
                b"-1",
            ),
            *(b"\xff", b"\x00", b"null", b"\\u12", b"9" * 30, b"\xed\xa0\x80", b"\\\\"),
        ]
    ),
    max_size=30,
).map(b"".join)


def assert_encodable(value: Any) -> None:
    """Every encoder takes it, and it comes back the same."""
    assert orjson.loads(orjson.dumps(value)) == value
    assert msgspec.json.decode(msgspec.json.encode(value)) == value


@given(JSON_VALUES)
def test_strict_json_decodes_as_ever(value: Any) -> None:
    assert decode_lenient(json.dumps(value).encode()) == value
    assert decode_lenient(json.dumps(value, ensure_ascii=False).encode()) == value


@given(VALUES.map(json.dumps), st.integers(0, 10_000), st.binary(max_size=3))
def test_damaged_json_is_mended_or_refused(text: str, position: int, noise: bytes) -> None:
    data = text.encode()
    position %= len(data) + 1
    _check(data[:position] + noise + data[position + len(noise) :])


@given(NEARLY | st.binary())
def test_any_bytes_are_mended_or_refused(data: bytes) -> None:
    _check(data)


def _check(data: bytes) -> None:
    try:
        value = decode_lenient(data)
    except ValueError as error:
        assert str(error)
    else:
        assert_encodable(value)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a":NaN,"b":Infinity,"c":-Infinity,"d":1e999,"e":-1e999}', dict.fromkeys("abcde")),
        (b'"caf\xe9"', "caf\ufffd"),
        (b'"\xed\xa0\x80"', "\ufffd\ufffd\ufffd"),
        (b'"\\ud800"', "\ufffd"),
        (b'"\\udc00\\ud800 \\ud83d\\ude00"', "\ufffd\ufffd \U0001f600"),
        (b'"\\\\ud800"', "\\ud800"),
        (b'"\\x \\u12"', "\\x \\u12"),
        (b'"a\x00b\nc"', "a\x00b\nc"),
        (b'\xef\xbb\xbf{"a":1}\x00\x00\n', {"a": 1}),
        (b"18446744073709551615", 2**64 - 1),
        (b"[NaN,18446744073709551616]", [None, 2.0**64]),
        (b"[NaN," + b"9" * 5000 + b"]", [None, None]),
        (b"[NaN,-9223372036854775809]", [None, -(2.0**63)]),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b'{"a":NaN,"a":2}', {"a": 2}),
    ],
)
def test_what_is_mended(data: bytes, expected: Any) -> None:
    value = decode_lenient(data)
    assert value == expected
    assert not isinstance(value, float) or math.isfinite(value)
    assert_encodable(value)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"{'a':1}", b"[1,]", b"nul", b"{} {}", b"\x00", b"[NaN", b"NaN NaN"]
)
def test_what_is_hopeless(data: bytes) -> None:
    with pytest.raises(ValueError, match="Not JSON"):
        decode_lenient(data)


@pytest.mark.parametrize("leaf", [b"1", b"NaN", b'"]}"', b'"\\"]"'])
def test_the_bound_on_nesting(leaf: bytes) -> None:
    def document(levels: int) -> bytes:
        return b'{"a":[' * (levels // 2) + leaf + b"]}" * (levels // 2)

    decode_lenient(document(MAX_NESTING))
    with pytest.raises(ValueError, match="nested 202 levels deep"):
        decode_lenient(document(MAX_NESTING + 2))


@pytest.mark.parametrize(
    "data", [b"[" * 1_000_000, b'{"":' * 300_000, b'"' + b"[" * 500_000, b"[NaN," * 100_000]
)
def test_no_document_overflows_the_stack(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode_lenient(data)


@given(JSON_VALUES)
def test_nesting_is_that_of_the_value(value: Any) -> None:
    def depth(inner: Any) -> int:
        if isinstance(inner, dict):
            return 1 + max(map(depth, inner.values()), default=0)
        if isinstance(inner, list):
            return 1 + max(map(depth, inner), default=0)
        return 0

    assert nesting(json.dumps(value).encode()) == depth(value)
    check_nesting(json.dumps(value).encode())
