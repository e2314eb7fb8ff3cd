"""Content codings, undone in chunks, so that whoever takes the chunks decides how much is enough."""

import zlib
from collections.abc import Iterator

import brotli
import zstandard

from ingest.errors import Malformed, UnsupportedMedia

CHUNK = 1024 * 1024
"""Decompressed bytes made at once, at most (brotli and zstd: about)."""

_SLICE = 64 * 1024
_ZSTD_SLICE = 256
"""zstd's decoder has no bound on its output, but four bytes of input make at most one block of 128 KiB."""
_ZSTD_WINDOW = 8 * CHUNK
"""RFC 8878 asks decoders to support 8 MiB; a frame may name a window of terabytes."""

_GZIP, _ZLIB, _RAW = 31, 15, -15
_ALIASES = {"": "identity", "x-gzip": "gzip"}


def coding_of(header: str | None) -> str:
    """The coding that a ``Content-Encoding`` header names: identity, gzip, deflate, br or zstd.

    Raises:
        UnsupportedMedia: it names another, or several.
    """
    coding = (header or "").strip().lower()
    coding = _ALIASES.get(coding, coding)
    if coding != "identity" and coding not in _DECODERS:
        raise UnsupportedMedia(
            "unsupported_encoding",
            f"Content-Encoding {coding[:60]!r} is not read here. Send one of gzip, deflate, br, zstd, or none.",
        )
    return coding


def decompressed(coding: str, data: bytes) -> Iterator[bytes]:
    """The decompressed chunks of ``data``, each of about ``CHUNK`` bytes at most.

    Raises:
        Malformed: the data is truncated, or not of this coding.
    """
    return _DECODERS[coding](data)


def inflated(data: bytes) -> Iterator[bytes]:
    """The chunks of zlib (RFC 1950) data, as legacy clients send it without saying so.

    Raises:
        Malformed: the data is truncated, or not zlib's.
    """
    return _inflate(data, _ZLIB, "zlib")


def is_zlib(data: bytes) -> bool:
    """Whether data begins with a zlib header: method 8, and a multiple of 31 (RFC 1950).

    A bare deflate stream that looked like one would begin with a stored block whose padding is not zero.
    """
    return len(data) >= 2 and data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0


def _gzip(data: bytes) -> Iterator[bytes]:
    return _inflate(data, _GZIP, "gzip")


def _deflate(data: bytes) -> Iterator[bytes]:
    # RFC 9110 means zlib's format, but some clients send bare RFC 1951 streams.
    return _inflate(data, _ZLIB if is_zlib(data) else _RAW, "deflate")


def _inflate(data: bytes, window: int, name: str) -> Iterator[bytes]:
    decoder = zlib.decompressobj(window)
    try:
        for piece in _slices(data, _SLICE):
            yield decoder.decompress(piece, CHUNK)
            while decoder.unconsumed_tail:
                yield decoder.decompress(decoder.unconsumed_tail, CHUNK)
            if decoder.unused_data:
                raise _trailing(name)
        while not decoder.eof and (rest := decoder.decompress(b"", CHUNK)):
            yield rest
    except zlib.error as error:
        raise _corrupt(name, str(error)) from error
    if not decoder.eof:
        raise _truncated(name)


def _brotli(data: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    try:
        for piece in _slices(data, _SLICE):
            yield decoder.process(piece, output_buffer_limit=CHUNK)
            while not decoder.can_accept_more_data():
                yield decoder.process(b"", output_buffer_limit=CHUNK)
    except brotli.error as error:
        raise _corrupt("br", str(error)) from error
    if not decoder.is_finished():
        raise _truncated("br")


def _zstd(data: bytes) -> Iterator[bytes]:
    context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    decoder = context.decompressobj()
    try:
        for piece in _slices(data, _ZSTD_SLICE):
            if decoder.eof:
                raise _trailing("zstd")
            yield decoder.decompress(piece)
            if decoder.unused_data:
                raise _trailing("zstd")
    except zstandard.ZstdError as error:
        raise _corrupt("zstd", str(error)) from error
    if not decoder.eof:
        raise _truncated("zstd")


def _slices(data: bytes, size: int) -> Iterator[bytes]:
    if len(data) <= size:
        return iter((data,))
    view = memoryview(data)
    return (bytes(view[start : start + size]) for start in range(0, len(data), size))


def _corrupt(coding: str, error: str) -> Malformed:
    return Malformed(
        "invalid_encoding", f"The body is not {coding} data ({error}). Send what Content-Encoding says."
    )


def _truncated(coding: str) -> Malformed:
    return Malformed("truncated_body", f"The {coding} data of the body ends too early. Send all of it.")


def _trailing(coding: str) -> Malformed:
    # Several gzip members in a row would be legal, but no SDK sends them, and a request made of thousands is
    # an attack.
    return Malformed(
        "trailing_data", f"The body goes on after the end of its {coding} data. Send one stream alone."
    )


_DECODERS = {"gzip": _gzip, "deflate": _deflate, "br": _brotli, "zstd": _zstd}
