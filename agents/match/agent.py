"""match: looks at each event with the rules of its project. It holds no state: what it sends twice is recognised by the
event's origin (docs/decisions)."""

from collections.abc import Mapping

import msgspec

from agents.batches import Linger
from agents.guard import Guard
from agents.match.step import match_event
from agents.match.wiring import DESTINATION, RulesAndRoots, attach_matcher, rules_and_roots
from agents.records import Incoming, Outgoing, concerns
from agents.rules.book import RuleBook
from agents.stage import StageApp
from schemas.headers import PROJECT
from schemas.rules import CountedEvent, RuleMatches

NAME = "match"
SOURCE = "events-fingerprinted"
#: Events of one project that come together make one record. Few are held up by a thirtieth of a second.
LINGER = Linger(0.03, 0.1)

_encode = msgspec.json.Encoder().encode


def attach(app: StageApp) -> None:
    """Add the agent to a stage."""
    attach_matcher(app, NAME, SOURCE, rules_and_roots(app), _apply, LINGER)


def _apply(batch: list[Incoming], guard: Guard, known: RulesAndRoots, now: float) -> list[Outgoing]:
    """One record for each project and partition of the batch, its events in their order."""
    book, roots = known
    if not book.counting:
        return []
    matched: dict[tuple[int, int], list[CountedEvent]] = {}
    for record in batch:
        found = guard.attempt(record, _step, record, book, roots)
        if found is not None:
            project, counted = found
            matched.setdefault((project, record.position.partition), []).append(counted)
    return [
        Outgoing(
            DESTINATION, b"%d" % project, _encode(RuleMatches(now, project, partition, tuple(events))), []
        )
        for (project, partition), events in matched.items()
    ]


def _step(record: Incoming, book: RuleBook, roots: Mapping[str, str]) -> tuple[int, CountedEvent] | None:
    project = int(record.header(PROJECT) or b"0")
    rules = book.counting.get(project)
    if not rules or not concerns(record, NAME):
        return None
    counted = match_event(record.value, record.origin, rules, roots)
    return None if counted is None else (project, counted)
