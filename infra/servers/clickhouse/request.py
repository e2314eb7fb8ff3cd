"""What a request of ClickHouse's HTTP interface asks for, and how an answer looks. Pure.

After https://clickhouse.com/docs/interfaces/http and ClickHouse's ``src/Server/HTTPHandler.cpp``.
"""

import gzip
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import brotli
import lz4.frame
import zstandard

#: Arguments that are not settings of the query.
_NOT_SETTINGS = {
    *("query", "database", "default_format", "query_id", "user", "password", "quota_key", "role"),
    *("session_id", "session_timeout", "session_check", "client_protocol_version", "stacktrace"),
    *("wait_end_of_query", "buffer_size", "compress", "decompress", "enable_http_compression"),
    *("send_progress_in_http_headers", "http_headers_progress_interval_ms"),
}

#: ``INSERT INTO t (columns) SETTINGS … FORMAT Name`` with its end of line; what follows is data, byte for byte.
_FORMATTED_INSERT = re.compile(
    rb"\s*INSERT\s+INTO\s+(?:TABLE\s+)?[^\s(]+\s*(?:\([^)]*\)\s*)?(?:SETTINGS\s[^\n]*?\s)?"
    rb"(?P<clause>FORMAT\s+(?P<format>\w+)[ \t]*(?:\r?\n)?)",
    re.IGNORECASE,
)
_TRAILING_FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*(?:SETTINGS\s.*)?$", re.IGNORECASE | re.DOTALL)
_ANSWERS_ROWS = re.compile(
    r"(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*(?:SELECT|WITH|SHOW|DESC|DESCRIBE|EXISTS|EXPLAIN|CHECK|VALUES)\b",
    re.IGNORECASE | re.DOTALL,
)
_ERROR_CODE = re.compile(r"Code: (\d+)\.")

#: The statuses of ``src/Server/HTTP/exceptionCodeToHTTPStatus.cpp``; every other code is 500.
_STATUSES = {
    400: (6, 26, 27, 36, 38, 41, 42, 43, 44, 53, 62, 70, 72, 117, 130, 131, 338),
    403: (164, 497),
    404: (46, 47, 60, 81, 115),
    408: (159,),
    501: (48,),
    503: (76, 209, 439),
}
_STATUS_OF_CODE = {code: status for status, codes in _STATUSES.items() for code in codes}


@dataclass(frozen=True, slots=True)
class Request:
    """A statement with its surroundings. ``data`` is None unless it is an insert whose rows have a format of their own:
    then ``format`` is theirs, else that of the answer."""

    sql: str
    data: bytes | None
    format: str
    database: str | None
    settings: Mapping[str, str]
    parameters: Mapping[str, str]

    @property
    def answers_rows(self) -> bool:
        """Whether the statement has a result, even an empty one."""
        return self.data is None and _ANSWERS_ROWS.match(self.sql) is not None


def parse_request(
    arguments: Mapping[str, str], headers: Mapping[str, str], body: bytes, read_only: bool
) -> Request:
    """The request of the URL's (and form's) ``arguments`` and a decompressed ``body``, which goes on where the argument
    ``query`` ends."""
    settings = {
        name: value
        for name, value in arguments.items()
        if name not in _NOT_SETTINGS and not name.startswith("param_")
    }
    if read_only:
        settings.setdefault("readonly", "2")
    if "readonly" in settings:  # The last, as none can be set after it.
        settings["readonly"] = settings.pop("readonly")
    query = arguments.get("query", "").encode()
    statement = query + b"\n" + body if query and body else query or body
    insert = _FORMATTED_INSERT.match(statement)
    wanted = arguments.get("default_format") or headers.get("X-ClickHouse-Format") or "TabSeparated"
    sql = (statement[: insert.start("clause")] if insert else statement).decode().strip().rstrip(";")
    trailing = _TRAILING_FORMAT.search(sql)
    return Request(
        sql=sql,
        data=statement[insert.end() :] if insert else None,
        format=insert["format"].decode() if insert else trailing[1] if trailing else wanted,
        database=arguments.get("database") or headers.get("X-ClickHouse-Database"),
        settings=settings,
        parameters={n.removeprefix("param_"): v for n, v in arguments.items() if n.startswith("param_")},
    )


def error_code(message: str) -> int:
    """The code in an error message of the engine; 1001 (STD_EXCEPTION) where there is none."""
    found = _ERROR_CODE.search(message)
    return int(found[1]) if found else 1001


def error_status(code: int) -> int:
    """The HTTP status for an error code of ClickHouse."""
    return _STATUS_OF_CODE.get(code, 500)


def decompressed(body: bytes, encoding: str) -> bytes:
    """A request body without its Content-Encoding. It may be several compressed frames, one after the other.

    Raises:
        ValueError: the encoding is unknown, or the body is not in it.
    """
    try:
        match encoding:
            case "" | "identity":
                return body
            case "zstd":
                return zstandard.ZstdDecompressor().stream_reader(body, read_across_frames=True).read()
            case "lz4":
                return _from_lz4(body)
            case "gzip":
                return gzip.decompress(body)
            case "deflate":
                return zlib.decompress(body)
            case "br":
                return bytes(brotli.decompress(body))
    except (OSError, EOFError, RuntimeError, zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise ValueError(f"The body is not {encoding}: {error}") from error
    raise ValueError(f"Unknown Content-Encoding {encoding}.")


def compressed(body: bytes, accepted: str) -> tuple[bytes, str]:
    """An answer in the first encoding of ``accepted`` (the client's Accept-Encoding) that is known, and its name."""
    for encoding in (name.split(";")[0].strip() for name in accepted.split(",")):
        match encoding:
            case "zstd":
                return zstandard.ZstdCompressor(level=1).compress(body), encoding
            case "lz4":
                return lz4.frame.compress(body), encoding
            case "gzip":
                return gzip.compress(body, compresslevel=1), encoding
    return body, ""


def _from_lz4(body: bytes) -> bytes:
    parts = []
    while body:
        frame = lz4.frame.LZ4FrameDecompressor()
        parts.append(frame.decompress(body))
        if not frame.eof:
            raise ValueError("The last lz4 frame is cut off.")
        body = frame.unused_data or b""
    return b"".join(parts)
