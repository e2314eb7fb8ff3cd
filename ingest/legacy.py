"""The forms in which clients of the store endpoint have wrapped their JSON over the years. Pure.

Source: raven-python, raven-ruby and raven-php, which deflate and base64 their events, and raven-js, which
posted forms.
"""

import base64
import binascii
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from ingest.decompress import inflated, is_zlib
from ingest.errors import Malformed

_FORM_FIELD = b"sentry_data="
_BASE64 = bytes.maketrans(b"-_ ", b"+/+")


def unwrapped(body: bytes | bytearray) -> Iterator[bytes]:
    """The JSON in a store request's body, in chunks: it is plain, zlib data, base64 of zlib data, base64 of
    JSON, or any of these in the field ``sentry_data`` of a form.

    Raises:
        Malformed: it is none of these.
    """
    data = bytes(body)
    if data.startswith(_FORM_FIELD) or b"&" + _FORM_FIELD in data[:4096]:
        data = _form_field(data)
    start = data.lstrip()[:1]
    if start in (b"{", b"[", b"\xef") or not start:
        return iter((data,))
    if is_zlib(data):
        return inflated(data)
    # Padding is often missing, and a form that was not percent-encoded turns + into a space.
    packed = data.strip().translate(_BASE64)
    try:
        decoded = base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except binascii.Error as error:
        raise Malformed(
            "invalid_json",
            "The body is neither a JSON object nor a packed one (base64, zlib). Send the event as JSON.",
        ) from error
    return inflated(decoded) if is_zlib(decoded) else iter((decoded,))


def _form_field(data: bytes) -> bytes:
    for field in data.split(b"&"):
        if field.startswith(_FORM_FIELD):
            return unquote_to_bytes(field[len(_FORM_FIELD) :].replace(b"+", b" "))
    return b""
