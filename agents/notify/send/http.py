"""HTTP to receivers: no redirects, a bounded answer, and no private addresses unless that is allowed.

The address is looked at when the connection is made, after its name was resolved, so that a name cannot point elsewhere
between a check and the connection.
"""

import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp

from agents.notify.send.addresses import is_public
from agents.notify.send.errors import ReceiverRefused, ReceiverUnavailable

_MOST_READ = 4096
_MOST_SHOWN = 200
#: Answers after which the same may be taken later.
_LATER = frozenset({408, 409, 421, 423, 425, 429})
#: As well, where the receiver is a program that may just be deployed or restarted.
_MAYBE_LATER = frozenset({401, 403, 404})


class Answer(NamedTuple):
    """What a receiver answered; of the body at most its first 4 KiB."""

    status: int
    body: bytes
    headers: Mapping[str, str]


async def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool) -> Answer:
    """POST to an address; ``private`` says that it may be a private one.

    Raises:
        ReceiverRefused: the address is none to connect to.
        ReceiverUnavailable: it cannot be reached.
    """
    parts = _parts(url)
    refused: list[str] = []
    connector = aiohttp.TCPConnector(socket_factory=None if private else _guarded(refused), force_close=True)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, auto_decompress=False) as session,
            session.post(url, data=body, headers=dict(headers), allow_redirects=False) as response,
        ):
            return Answer(response.status, await _start_of(response), dict(response.headers))
    except aiohttp.InvalidURL as error:
        raise ReceiverRefused(f"{parts} is no host that can be connected to.") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        if refused:
            raise ReceiverRefused(
                f"{parts} has the address {refused[0]}, which is not public; STACKTIDE_NOTIFY_PRIVATE_ADDRESSES allows such."
            ) from error
        raise ReceiverUnavailable(f"{parts} cannot be reached: {_reason(error)}.") from error


def judge(answer: Answer, host: str, *, patient: bool = False) -> None:
    """See that an answer is a success. ``patient``: 401, 403 and 404 may pass too.

    Raises:
        ReceiverUnavailable, ReceiverRefused: it is not.
    """
    status = answer.status
    if 200 <= status < 300:
        return
    said = excerpt(answer.body)
    message = f"{host} answered {status}{f': {said}' if said else '.'}"
    if status in _LATER or status >= 500 or (patient and status in _MAYBE_LATER):
        raise ReceiverUnavailable(message, retry_after_of(answer.headers))
    if 300 <= status < 400:
        message = (
            f"{host} answered {status}, a redirect, which is not followed. Give the address that it leads to."
        )
    raise ReceiverRefused(message)


def host_of(url: str) -> str:
    """The host and port of an address."""
    return urlsplit(url).netloc.rpartition("@")[2]


def excerpt(body: bytes) -> str:
    """The start of an answer as one line."""
    text = "".join(c if c.isprintable() else " " for c in body[: 4 * _MOST_SHOWN].decode("utf-8", "replace"))
    return " ".join(text.split())[:_MOST_SHOWN]


def retry_after_of(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """The header ``Retry-After`` in seconds, which may be a date."""
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - (now or datetime.now(UTC))).total_seconds())
    except (TypeError, ValueError):
        return None


def _parts(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return host_of(url)
    except ValueError:
        pass
    raise ReceiverRefused("The address is not one of http:// or https:// with a host.")


def _guarded(refused: list[str]) -> Any:
    """Makes sockets for public addresses only, and notes those that it refuses."""

    def make(address: Any) -> socket.socket:
        family, kind, protocol, _, place = address
        if not is_public(str(place[0])):
            refused.append(str(place[0]))
            raise OSError("The address is not public.")
        made = socket.socket(family=family, type=kind, proto=protocol)
        made.setblocking(False)
        return made

    return make


async def _start_of(response: aiohttp.ClientResponse) -> bytes:
    read = bytearray()
    async for chunk in response.content.iter_chunked(_MOST_READ):
        read += chunk
        if len(read) >= _MOST_READ:
            break
    return bytes(read[:_MOST_READ])


def _reason(error: Exception) -> str:
    """Why, without the address: it may hold a secret."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not trusted"
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error.strerror or type(error.os_error).__name__
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
