"""Made-up events for tests of the stores and the API, as rows and as records of events-fingerprinted."""

import hashlib
import time
from typing import Any

import msgspec

from agents.records import Incoming
from agents.sinks.clickhouse.encode import EVENT_COLUMNS, event_row_of
from schemas.event import Event, ExceptionValue, Frame, Stacktrace, User
from schemas.headers import ORIGIN, Position, Received
from schemas.records import Component, FingerprintedEvent, Grouping
from stores.ports import AnalyticalStore

#: A full hour, some days ago, so that tests know which hour an event is in.
START = (int(time.time()) // 3600 - 50) * 3600.0
GENERATION = 1_700_000_000_000


def hex_id(name: object) -> str:
    """An id made of a name."""
    return hashlib.blake2b(str(name).encode(), digest_size=16).hexdigest()


def make_record(
    serial: int,
    *,
    issue: str = "issue",
    project: int = 1,
    at: float | None = None,
    received: float | None = None,
    type: str | None = "ValueError",
    value: str | None = "it failed",
    user: User | None = None,
    partition: int = 0,
    offset: int | None = None,
    payload: bytes | None = None,
    **fields: Any,
) -> Incoming:
    """The record of event number ``serial``, which is also its offset unless one is given."""
    timestamp = START + serial if at is None else at
    received = timestamp if received is None else received
    frames = (
        Frame(filename="shop/cart.py", function="add_item", module="shop.cart", in_app=True),
        Frame(filename="shop/price.py", function="total_price", module="shop.price", in_app=True),
    )
    exceptions = (
        (ExceptionValue(type=type, value=value, stacktrace=Stacktrace(frames)),) if type or value else ()
    )
    event = Event(
        event_id=hex_id(("event", project, serial)),
        timestamp=timestamp,
        exceptions=exceptions,
        user=user,
        **{"platform": "python", **fields},
    )
    grouping = Grouping(
        version="1",
        strategy="exception",
        fingerprint=(str(issue), type or ""),
        components=(Component("exception", True, "it has a type", type),),
        title=f"{type}: {value}",
        culprit="shop.price in total_price",
    )
    value_bytes = msgspec.json.encode(
        FingerprintedEvent(
            project=project,
            issue_id=hex_id(issue),
            received=received,
            event=event,
            grouping=grouping,
            payload=msgspec.Raw(payload or b'{"serial": %d}' % serial),
        )
    )
    headers = Received(
        project, 7, event.event_id, received, "application/json", "127.0.0.1", "test/1.0", "store"
    ).encode()
    position = Position(partition, GENERATION, serial if offset is None else offset)
    headers.append((ORIGIN, Position(partition, GENERATION, position.offset).encode()))
    return Incoming(position, hex_id(issue).encode(), value_bytes, headers)


async def store_events(store: AnalyticalStore, records: list[Incoming]) -> None:
    """Insert events as the sink does."""
    await store.insert("events", EVENT_COLUMNS, [event_row_of(record) for record in records])
