"""The stand-in's reading of requests: where a statement ends and data begins, byte for byte."""

import gzip

import lz4.frame
import pytest
import zstandard

from infra.servers.clickhouse.request import compressed, decompressed, error_status, parse_request


def parse(body=b"", read_only=False, **arguments):
    return parse_request(arguments, {}, body, read_only)


@pytest.mark.parametrize(
    "data", [b"\x09\x01\x02", b"\n\n", b" x", b"", b"FORMAT Native\n", bytes(range(256))]
)
@pytest.mark.parametrize(
    "insert", ["INSERT INTO t (`a`, `b`) FORMAT Native", "insert into d.t\n format Native"]
)
def test_data_of_an_insert_is_untouched(insert, data):
    in_body = parse(insert.encode() + b"\n" + data)
    in_both = parse(data, query=insert)
    for request in (in_body, in_both):
        if data or request is in_body:
            assert (request.data, request.format) == (data, "Native")
            assert request.sql == insert[: insert.lower().index("format")].strip()


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (1, ' FORMAT Native\n')",
        "INSERT INTO t (a) SELECT formatDateTime(a, '%F') FROM u",
        "SELECT 'INSERT INTO t FORMAT Native'",
    ],
)
def test_other_statements_have_no_data(sql):
    request = parse(sql.encode())
    assert (request.sql, request.data) == (sql, None)


def test_only_settings_are_settings():
    request = parse(
        b"SELECT 1\n FORMAT JSON",
        read_only=True,
        database="d",
        query_id="q",
        param_x="1",
        max_threads="2",
        wait_end_of_query="1",
    )
    assert request.settings == {"max_threads": "2", "readonly": "2"}
    assert request.parameters == {"x": "1"}
    assert (request.database, request.format, request.answers_rows) == ("d", "JSON", True)


def test_readonly_comes_last():
    assert list(parse(b"SELECT 1", readonly="1", max_threads="2").settings) == ["max_threads", "readonly"]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [("-- a\n/* b */ (SELECT 1)", True), ("WITH 1 AS a SELECT a", True), ("CREATE TABLE s (a Int8)", False)],
)
def test_which_statements_have_a_result(sql, expected):
    assert parse(sql.encode()).answers_rows is expected


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("zstd", zstandard.ZstdCompressor().compress), ("lz4", lz4.frame.compress), ("gzip", gzip.compress)],
)
def test_several_frames_in_one_body(encoding, compress):
    assert decompressed(compress(b"one ") + compress(b"") + compress(b"two"), encoding) == b"one two"
    packed, name = compressed(b"answer" * 100, f"unknown, {encoding};q=1")
    assert (decompressed(packed, name), name) == (b"answer" * 100, encoding)


@pytest.mark.parametrize("encoding", ["zstd", "lz4", "gzip", "deflate", "br", "unknown"])
def test_a_body_that_is_not_in_its_encoding(encoding):
    with pytest.raises(ValueError, match=encoding):
        decompressed(b"this is plain text", encoding)


def test_an_answer_may_be_plain():
    assert compressed(b"answer", "identity") == (b"answer", "")


def test_statuses():
    assert [error_status(code) for code in (60, 62, 164, 241)] == [404, 400, 403, 500]
