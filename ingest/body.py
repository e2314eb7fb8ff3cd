"""Reading a request's body: bounded as sent, bounded again while it is decompressed, and bounded over all
requests.
"""

import asyncio
from collections.abc import Iterator

from aiohttp import web

from ingest.decompress import coding_of, decompressed
from ingest.errors import Incomplete, Malformed, Overloaded, TooLarge, TooSlow
from settings import Settings


class BodyMemory:
    """The bytes of bodies that the edge holds, of all requests together."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.held = 0

    def hold(self, size: int) -> None:
        """Account for ``size`` more bytes.

        Raises:
            Overloaded: there is no room for them.
        """
        if self.held + size > self._limit:
            raise Overloaded(
                "overloaded", "The edge holds as many requests as it may. Send this one again later."
            )
        self.held += size

    def release(self, size: int) -> None:
        """Give back what was held."""
        self.held -= size


class Body:
    """The body of one request; a context manager that gives its memory back at the end."""

    def __init__(self, memory: BodyMemory, settings: Settings) -> None:
        self._memory = memory
        self._settings = settings
        self._held = 0

    def __enter__(self) -> "Body":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._memory.release(self._held)

    async def read(self, request: web.BaseRequest, limit: int) -> bytes | bytearray:
        """The decompressed body, at most ``limit`` bytes.

        Raises:
            UnsupportedMedia: its coding is not read here.
            TooLarge: it is larger, as sent or decompressed.
            TooSlow, Incomplete: it did not arrive in time, or not at all.
            Malformed: it is empty, or not what its coding says.
            Overloaded: the edge has no room for it.
        """
        coding = coding_of(request.headers.get("Content-Encoding"))
        # Uncompressed, what is sent is what is kept, so the smaller of the bounds counts.
        max_sent = self._settings.max_request_bytes
        if coding == "identity":
            max_sent = min(max_sent, limit)
        sent = await self._read_sent(request, max_sent)
        if not sent:
            raise Malformed("empty_body", "The request has no body. Send the event in it.")
        if coding == "identity":
            return sent
        return await self.join(decompressed(coding, sent), limit)

    async def join(self, chunks: Iterator[bytes], limit: int) -> bytes | bytearray:
        """The chunks as one, at most ``limit`` bytes; lets others run between chunks.

        Raises:
            TooLarge: there is more.
            Overloaded: the edge has no room for it.
        """
        whole: bytes | bytearray = b""
        for chunk in chunks:
            self._hold(len(chunk))
            if len(whole) + len(chunk) > limit:
                raise _too_large(limit, "decompressed")
            if not whole:
                whole = chunk
                continue
            if isinstance(whole, bytes):
                whole = bytearray(whole)
            whole += chunk
            await asyncio.sleep(0)
        return whole

    async def _read_sent(self, request: web.BaseRequest, limit: int) -> bytes:
        if (request.content_length or 0) > limit:
            raise _too_large(limit, "as sent")
        content = request.content
        if content.is_eof():
            # The usual case: the whole body came with the head, so there is nothing to wait for.
            sent = content.read_nowait()
            self._hold(len(sent))
            if len(sent) > limit:
                raise _too_large(limit, "as sent")
            return sent
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                return await self._read_slowly(request, limit)
        except TimeoutError as error:
            raise TooSlow("timeout", "The body did not arrive in time. Send the request again.") from error
        except ConnectionError as error:
            raise Incomplete(
                "incomplete_body", "The connection ended before the body did. Send the request again."
            ) from error

    async def _read_slowly(self, request: web.BaseRequest, limit: int) -> bytes:
        pieces: list[bytes] = []
        size = 0
        while piece := await request.content.readany():
            self._hold(len(piece))
            size += len(piece)
            if size > limit:
                raise _too_large(limit, "as sent")
            pieces.append(piece)
        return b"".join(pieces)

    def _hold(self, size: int) -> None:
        self._memory.hold(size)
        self._held += size


def _too_large(limit: int, how: str) -> TooLarge:
    return TooLarge(
        "body_too_large",
        f"The body is larger than {limit} bytes {how}. Send less at once, or raise the limit in the settings.",
        {"limit": limit},
    )
