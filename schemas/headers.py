"""Headers of the records on the event topics, and the position by which a record is known.

The edge writes every header of ``Received``; ``deduplicate`` adds ``origin``; the rest of the graph passes them on.
"""

from collections.abc import Iterable
from typing import NamedTuple

Headers = list[tuple[str, bytes]]

PROJECT = "project"
KEY_ID = "key"
EVENT_ID = "event-id"
RECEIVED = "received"
CONTENT_TYPE = "content-type"
CLIENT_ADDRESS = "client-address"
SDK = "sdk"
PROTOCOL = "protocol"
ORIGIN = "origin"
#: On a redriven record: the origin that it stands for.
STANDS_FOR = "stands-for"
#: The agents that are to apply a record, separated by commas; absent: all are. On what is redriven and replayed.
ONLY = "only"
#: On a replayed record: which replay it is of, and where on events-fingerprinted the archived event stood.
REPLAY = "replay"


class Position(NamedTuple):
    """Where a record stands on a topic. ``generation`` is when the topic was made, in Unix milliseconds, so that a
    record of a recreated topic is later than any of the topic that it replaced."""

    partition: int
    generation: int
    offset: int

    def encode(self) -> bytes:
        """``partition:generation:offset`` in decimal."""
        return b"%d:%d:%d" % self

    @classmethod
    def decode(cls, data: bytes) -> "Position":
        """The inverse of ``encode``.

        Raises:
            ValueError: the bytes are not a position.
        """
        partition, generation, offset = data.split(b":")
        return cls(int(partition), int(generation), int(offset))

    @property
    def stamp(self) -> tuple[int, int]:
        """What orders the records of one partition: (generation, offset)."""
        return self.generation, self.offset


class Replay(NamedTuple):
    """What a replayed record says of itself. ``number`` is when the replay began, in Unix milliseconds: of two replays of
    one event the later one counts. ``archived`` is where the event stood on events-fingerprinted when it was archived."""

    number: int
    archived: Position

    def encode(self) -> bytes:
        """``number:partition:generation:offset`` in decimal."""
        return b"%d:%d:%d:%d" % (self.number, *self.archived)

    @classmethod
    def decode(cls, data: bytes) -> "Replay":
        """The inverse of ``encode``.

        Raises:
            ValueError: the bytes are not of this form.
        """
        number, position = data.split(b":", 1)
        return cls(int(number), Position.decode(position))


class Received(NamedTuple):
    """What the edge knows of an event. ``received`` is in Unix seconds, ``event_id`` 32 lower-case hex digits."""

    project: int
    key_id: int
    event_id: str
    received: float
    content_type: str
    client_address: str
    sdk: str
    protocol: str

    def encode(self) -> Headers:
        """As record headers."""
        return [
            (PROJECT, b"%d" % self.project),
            (KEY_ID, b"%d" % self.key_id),
            (EVENT_ID, self.event_id.encode()),
            (RECEIVED, b"%.6f" % self.received),
            (CONTENT_TYPE, self.content_type.encode()),
            (CLIENT_ADDRESS, self.client_address.encode()),
            (SDK, self.sdk.encode()),
            (PROTOCOL, self.protocol.encode()),
        ]

    @classmethod
    def decode(cls, headers: Iterable[tuple[str, bytes]]) -> "Received":
        """From record headers.

        Raises:
            KeyError: a header is missing.
            ValueError: a header has the wrong form.
        """
        known = dict(headers)
        return cls(
            int(known[PROJECT]),
            int(known[KEY_ID]),
            known[EVENT_ID].decode(),
            float(known[RECEIVED]),
            known[CONTENT_TYPE].decode("utf-8", "replace"),
            known[CLIENT_ADDRESS].decode("utf-8", "replace"),
            known[SDK].decode("utf-8", "replace"),
            known[PROTOCOL].decode(),
        )


def event_key(project: int, event_id: str) -> bytes:
    """Key of ``events-received`` and ``events-deduplicated``."""
    return f"{project}:{event_id}".encode()
