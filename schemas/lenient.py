"""JSON as clients really send it.

Strict JSON takes the fast path. What strict decoders refuse is mended where its meaning is plain: invalid
UTF-8, NaN and infinities, numbers too large for a double, lone surrogates, unknown escapes, raw control
characters, a byte order mark, NUL bytes around the document. The edge uses this module to decide whether an
event can be taken at all, and ``fingerprint`` to read it, so that what the one accepts the other can decode.
"""

import json
import math
import re
from itertools import accumulate
from typing import Any

import orjson

MAX_NESTING = 200
"""Levels of arrays and objects that a document may have. Sentry's SDKs trim at about ten; 200 leaves room for
others and stays far below the recursion limit of any decoder, so that no document can overflow the stack.
"""

_AROUND = "\ufeff\0 \t\r\n"
_BRACKETS = {"[": 1, "{": 1, "]": -1, "}": -1}
_NOT_STRUCTURE = bytes(set(range(256)) - set(b'[]{}"'))
_ESCAPE = re.compile(
    r"\\(?:"
    r"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a surrogate pair
    r"|(u[dD][89a-fA-F][0-9a-fA-F]{2})"  # a lone surrogate
    r"|u[0-9a-fA-F]{4}"
    r'|["\\/bfnrt]'
    r"|)"  # a backslash that begins no escape
)


def decode_lenient(data: bytes) -> Any:
    """The value of a JSON document, mended where it is not strict JSON.

    The result holds None, bool, int (of at most 64 bits), float (finite), str (without surrogates), list and
    dict, nested at most ``MAX_NESTING`` deep, so that every encoder takes it. Of a repeated key the last
    value counts.

    Raises:
        ValueError: the document cannot be understood; the message says why.
    """
    check_nesting(data)
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return _decode_mended(data)


def check_nesting(data: bytes | bytearray | memoryview) -> None:
    """Refuse a document that is nested more than ``MAX_NESTING`` deep, before any decoder recurses into it.

    Costs two memory scans for a document with few brackets, and about 40 ns for each bracket otherwise.

    Raises:
        ValueError: it is nested too deep.
    """
    data = bytes(data)
    if data.count(b"{") + data.count(b"[") <= MAX_NESTING:
        return
    depth = nesting(data)
    if depth > MAX_NESTING:
        raise ValueError(f"The JSON is nested {depth} levels deep; at most {MAX_NESTING} are taken.")


def nesting(data: bytes) -> int:
    """How deep the arrays and objects of a JSON document nest. Brackets inside strings do not count."""
    without_escapes = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    outside_strings = b"".join(without_escapes.translate(None, _NOT_STRUCTURE).split(b'"')[::2])
    return max(accumulate(_BRACKETS[bracket] for bracket in outside_strings.decode()), default=0)


def _decode_mended(data: bytes) -> Any:
    text = data.decode("utf-8", "replace").strip(_AROUND)
    text = _ESCAPE.sub(_mend_escape, text)
    try:
        return json.loads(
            text, strict=False, parse_constant=_no_number, parse_int=_integer, parse_float=_finite
        )
    except (ValueError, RecursionError) as error:
        raise ValueError(f"Not JSON: {error}.") from error


def _mend_escape(match: re.Match[str]) -> str:
    escape = match.group()
    if match.group(1) is not None:
        return "\\ufffd"
    return "\\\\" if escape == "\\" else escape


def _no_number(name: str) -> None:
    """NaN, Infinity and -Infinity have no JSON form."""


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _integer(digits: str) -> int | float | None:
    # Python refuses to parse integers of more than 4,300 digits, and encoders those of more than 64 bits.
    if len(digits) > 20:
        return _finite(digits)
    number = int(digits)
    return number if -(2**63) <= number < 2**64 else float(number)
