"""Alerts as they come: server-sent events (WHATWG HTML, section 9.2) that resume where a client left off."""

import asyncio
import time
from typing import NamedTuple

import msgspec
from aiohttp import web

from api.alert_feed import TOPIC, AlertFeed, Cursor
from api.call import Call
from api.declarations import any_text
from api.errors import ApiError, bad_parameter
from api.route import Route
from stores.errors import StoreError
from stores.ports import StoredRecord

#: Most streams of one process.
MAX_STREAMS = 500
#: Seconds without an alert after which a comment is sent, so that nobody takes the connection for dead; the caller's rights
#: are looked at anew then.
HEARTBEAT = 15.0
#: How long a client may take for one write.
_PATIENCE = 30.0
_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


class _About(msgspec.Struct):
    project: int
    state: str


class _Event(msgspec.Struct):
    data: _About


_decode = msgspec.json.Decoder(_Event).decode


class _Message(NamedTuple):
    """One alert, and where its partition goes on."""

    partition: int
    after: int
    project: int
    state: str
    value: bytes


async def stream_alerts(call: Call) -> web.StreamResponse:
    """Alerts of the caller's projects, as they come."""
    feed = call.api.feed
    if feed.streams >= MAX_STREAMS:
        raise ApiError(503, "too_many_streams", "Too many streams are open.", headers={"Retry-After": "10"})
    cursor = await _begin(call, feed)
    response = web.StreamResponse(headers=_HEADERS)
    if call.request.method == "HEAD":
        await response.prepare(call.request)
        return response
    feed.streams += 1
    try:
        await response.prepare(call.request)
        await response.write(b"retry: 2000\nid: %s\n\n" % str(cursor).encode())
        await _send(call, feed, cursor, response)
    except (ConnectionError, TimeoutError):
        pass  # the client has gone, or no longer reads
    finally:
        feed.streams -= 1
    return response


async def _begin(call: Call, feed: AlertFeed) -> Cursor:
    """Where the stream begins: after what the client has seen, or at the end."""
    given = call.request.headers.get("Last-Event-ID") or call.query.get(_LAST.name)
    offsets = await feed.offsets()
    if given is None:
        return Cursor({partition: end for partition, (_, end) in offsets.items()})
    try:
        cursor = Cursor.parse(given)
    except ValueError as error:
        raise bad_parameter("Last-Event-ID", given, "the id of an event of this stream") from error
    # A partition that the client has not seen anything of is read from its beginning.
    return Cursor(
        {
            partition: min(max(first, cursor.offsets.get(partition, first)), end)
            for partition, (first, end) in offsets.items()
        }
    )


async def _send(call: Call, feed: AlertFeed, cursor: Cursor, response: web.StreamResponse) -> None:
    visible = set(await call.visible_projects())
    spoken = time.monotonic()
    while await feed.pause():
        for message in await _read(feed, cursor):
            cursor.offsets[message.partition] = message.after
            if message.project in visible:
                text = b"event: %s\nid: %s\ndata: %s\n\n" % (
                    message.state.encode(),
                    str(cursor).encode(),
                    message.value,
                )
                await asyncio.wait_for(response.write(text), _PATIENCE)
                spoken = time.monotonic()
        if time.monotonic() >= spoken + HEARTBEAT:
            visible = await _still_visible(call)
            if not visible:
                return
            # The id goes on even where all alerts were of other projects.
            beat = b": still here\nid: %s\n\n" % str(cursor).encode()
            await asyncio.wait_for(response.write(beat), _PATIENCE)
            spoken = time.monotonic()


async def _read(feed: AlertFeed, cursor: Cursor) -> list[_Message]:
    """What is new, in the order in which it was written."""
    found: list[tuple[float, _Message]] = []
    for partition, (first, end) in (await feed.offsets()).items():
        start = max(cursor.offsets.get(partition, first), first)
        if start > end:
            start = cursor.offsets[partition] = first  # the topic was made again
        if start >= end:
            continue
        try:
            records = await feed.log.read(TOPIC, partition, start, 100)
        except StoreError:
            continue
        found += [(record.timestamp, _message(partition, record)) for record in records]
    # Of one partition the offsets must rise, whatever the clocks say.
    found.sort(key=lambda item: (item[0], item[1].partition, item[1].after))
    return [message for _, message in found]


def _message(partition: int, record: StoredRecord) -> _Message:
    value = record.value or b""
    try:
        about = _decode(value).data
    except msgspec.MsgspecError:
        return _Message(partition, record.offset + 1, 0, "", b"")
    # JSON of ours has no line breaks outside of texts; a foreign producer's might.
    return _Message(
        partition,
        record.offset + 1,
        about.project,
        about.state,
        value.replace(b"\n", b" ").replace(b"\r", b" "),
    )


async def _still_visible(call: Call) -> set[int]:
    try:
        await call.api.access.caller(call.request, call.scope)
    except ApiError:
        return set()
    return set(await call.visible_projects())


_LAST = any_text("last_event_id", "Where to go on, for who cannot send the header Last-Event-ID.")

ROUTES = (
    Route(
        "GET", "/api/v1/alerts/stream", stream_alerts, gives=str, query=(_LAST,), media=("text/event-stream",)
    ),
)
