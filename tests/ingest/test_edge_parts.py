"""The pure parts of the edge, by property."""

import gzip
import zlib
from collections.abc import Callable
from contextlib import suppress

import brotli
import msgspec
import orjson
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.address import client_address, parse_networks
from ingest.auth import dsn_claim, native_claim, sentry_claim
from ingest.decompress import CHUNK, coding_of, decompressed
from ingest.envelope import parse_envelope
from ingest.errors import EdgeError, Malformed, Unauthorised
from ingest.event import normalised_id, read_head
from ingest.legacy import unwrapped
from schemas.lenient import decode_lenient
from settings import SettingError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
#: Bytes that look like an envelope more often than random ones.
NEARLY = st.lists(
    st.sampled_from(
        [b"{}", b"\n", b'{"type":"event"}', b'{"type":"x","length":3}', b"abc", b'"', b"\xff", b"["]
    )
    | st.binary(max_size=8),
    max_size=12,
).map(b"".join)


@given(NEARLY | st.binary())
def test_any_bytes_are_an_envelope_or_refused(body: bytes) -> None:
    try:
        envelope = parse_envelope(body)
    except EdgeError as error:
        assert error.message
    else:
        for item in envelope.items:
            assert 0 <= item.start <= item.end <= len(body)


def _items() -> st.SearchStrategy[tuple[str, bytes, bool]]:
    with_length = st.tuples(st.text(max_size=10), st.binary(max_size=40), st.just(True))
    one_line = st.binary(max_size=40).map(lambda data: data.replace(b"\n", b""))
    return with_length | st.tuples(st.text(max_size=10), one_line, st.just(False))


@given(
    header=st.dictionaries(st.text(max_size=5), JSON, max_size=3),
    items=st.lists(_items(), max_size=5),
    ends_with_newline=st.booleans(),
    mutable=st.booleans(),
)
def test_envelopes_come_apart_as_they_were_put_together(
    header: dict[str, object], items: list[tuple[str, bytes, bool]], ends_with_newline: bool, mutable: bool
) -> None:
    lines = [orjson.dumps(header)]
    for kind, payload, has_length in items:
        fields = {"type": kind, "unknown": [1], **({"length": len(payload)} if has_length else {})}
        lines += [orjson.dumps(fields), payload]
    body = b"\n".join(lines) + (b"\n" if ends_with_newline else b"")
    envelope = parse_envelope(bytearray(body) if mutable else body)
    assert envelope.header.event_id == header.get("event_id")
    parsed = [(item.header.type, body[item.start : item.end]) for item in envelope.items]
    assert parsed == [(kind, payload) for kind, payload, _ in items]


@given(st.binary() | JSON.map(orjson.dumps) | NEARLY)
def test_what_the_edge_accepts_can_be_decoded(payload: bytes) -> None:
    try:
        read_head(payload, 1 << 20)
    except Malformed:
        return
    event = decode_lenient(payload)
    assert isinstance(event, dict)
    orjson.dumps(event)
    msgspec.json.encode(event)


@given(st.binary())
def test_any_bytes_in_the_store_unwrap_or_are_refused(body: bytes) -> None:
    with suppress(Malformed):
        b"".join(unwrapped(body))


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("coding", COMPRESSORS)
@given(data=st.binary(max_size=2000), cut=st.integers(1, 50), noise=st.binary(max_size=100))
@settings(max_examples=50)
def test_codings_round_trip_or_refuse(coding: str, data: bytes, cut: int, noise: bytes) -> None:
    packed = COMPRESSORS[coding](data)
    assert b"".join(decompressed(coding, packed)) == data
    with pytest.raises(Malformed):
        list(decompressed(coding, packed[:-cut]))
    with suppress(Malformed):
        list(decompressed(coding, noise))


@pytest.mark.parametrize("coding", COMPRESSORS)
def test_large_bodies_come_in_chunks(coding: str) -> None:
    data = bytes(5 * CHUNK) + bytes(range(256)) * 2000
    chunks = list(decompressed(coding, COMPRESSORS[coding](data)))
    assert b"".join(chunks) == data
    assert max(map(len, chunks)) <= 9 * CHUNK


def test_a_zstd_window_beyond_bounds_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, write_content_size=False)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(Malformed):
        list(decompressed("zstd", compressor.compress(bytes(100)) + compressor.flush()))


@given(st.text())
def test_any_coding_is_known_or_refused(header: str) -> None:
    try:
        assert coding_of(header) in {"identity", *COMPRESSORS}
    except EdgeError as error:
        assert error.status == 415


@given(st.text(), st.text(), st.text())
def test_any_credentials_are_a_claim_or_refused(auth: str, authorization: str, query: str) -> None:
    headers = {"X-Sentry-Auth": auth, "Authorization": authorization}
    claim = sentry_claim(headers, query)
    assert claim is None or claim.public_key
    for parse, value in ((dsn_claim, query), (native_claim, headers)):
        with suppress(Unauthorised):
            assert parse(value).public_key  # type: ignore[operator]


@pytest.mark.parametrize(
    "event_id", ["", "x" * 32, "a" * 31, "a" * 33, 7, [], "{" + "a" * 32 + "}", "٣" * 32]
)
def test_what_is_no_event_id(event_id: object) -> None:
    with pytest.raises(Malformed):
        normalised_id(event_id)


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4 , 10.9.9.9"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6", "1.2.3.4:5678"], "1.2.3.4"),
        ("::ffff:10.0.0.1", ["[2001:db8::1]:443"], "2001:db8::1"),
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", ["1.2.3.4, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.3"], "10.0.0.3"),
        ("1.1.1.1", ["1.2.3.4"], "1.1.1.1"),
        (None, ["1.2.3.4"], ""),
    ],
)
def test_client_addresses(peer: str | None, forwarded: list[str], expected: str) -> None:
    assert client_address(peer, forwarded, parse_networks("10.0.0.0/8, fd00::/8")) == expected


def test_networks_that_are_none() -> None:
    with pytest.raises(SettingError, match="STACKTIDE_TRUSTED_PROXIES"):
        parse_networks("10.0.0.0/8, proxy")
