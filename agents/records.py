"""What steps take and give: a record read from a topic, a record to be sent, and the outcome of an event."""

from collections import Counter
from typing import NamedTuple

import msgspec

import metrics
from schemas.headers import ONLY, ORIGIN, Headers, Position, Received
from schemas.records import Outcome, Outcomes

_encode = msgspec.json.Encoder().encode


class Incoming(NamedTuple):
    """A record as an agent sees it."""

    position: Position
    key: bytes
    value: bytes
    headers: Headers

    def header(self, name: str) -> bytes | None:
        """A header's value, or None."""
        for key, value in self.headers:
            if key == name:
                return value
        return None

    @property
    def origin(self) -> Position:
        """Where the event stands on events-received.

        Raises:
            KeyError: the record has no origin; it did not come through deduplicate.
        """
        if (origin := self.header(ORIGIN)) is None:
            raise KeyError(f"the record has no header {ORIGIN!r}")
        return Position.decode(origin)


class Outgoing(NamedTuple):
    """A record to be sent to a topic."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


class Dropped(NamedTuple):
    """An event that ends here, and why."""

    outcome: str
    reason: str


def outcome_of(received: Received, origin: Position, outcome: str, reason: str = "") -> Outcome:
    """The outcome of an event; its id is the event's origin, so that a repeat changes nothing."""
    return Outcome(
        id=origin.encode().decode(),
        project=received.project,
        key_id=received.key_id,
        outcome=outcome,
        reason=reason,
        category="error",
        quantity=1,
        at=received.received,
    )


def outcome_records(outcomes: list[Outcome]) -> list[Outgoing]:
    """One record a project for ``outcomes-recorded``; they are counted in the metrics too."""
    by_project: dict[int, list[Outcome]] = {}
    for outcome in outcomes:
        by_project.setdefault(outcome.project, []).append(outcome)
    for (name, reason), times in Counter((outcome.outcome, outcome.reason) for outcome in outcomes).items():
        metrics.OUTCOMES.labels(name, reason).inc(times)
    return [
        Outgoing("outcomes-recorded", b"%d" % project, _encode(Outcomes(tuple(group))), [])
        for project, group in by_project.items()
    ]


def concerns(record: Incoming, agent: str) -> bool:
    """Whether an agent is to apply a record: what is redriven or replayed says which are."""
    only = record.header(ONLY)
    return only is None or agent in only.decode().split(",")
