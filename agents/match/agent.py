"""match: looks at each event with the rules of its project. It holds no state: what it sends twice is recognised by the
event's origin (docs/decisions)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from agents.batches import Linger, own_time, run_batches
from agents.guard import Guard, until_available
from agents.match.step import match_event
from agents.records import Incoming, Outgoing, concerns
from agents.rules.book import FollowedRules, RuleBook
from agents.rules.merged import FollowedMerges
from agents.stage import StageApp
from schemas.headers import PROJECT
from schemas.rules import CountedEvent, RuleMatches

NAME = "match"
SOURCE = "events-fingerprinted"
DESTINATION = "rules-matched"
#: Events of one project that come together make one record. Few are held up by a thirtieth of a second.
LINGER = Linger(0.03, 0.1)

_encode = msgspec.json.Encoder().encode


def attach(app: StageApp) -> None:
    """Add the agent to a stage."""
    settings = app.config.settings
    guard = Guard(NAME, SOURCE, settings)
    rules, merges = FollowedRules(app), FollowedMerges(app)

    async def handle(batch: list[Incoming]) -> None:
        book = await until_available(NAME, rules.current)
        roots = await until_available(NAME, merges.current)
        with own_time(NAME):
            outgoing = _apply(batch, guard, book, roots, app.config.clock())
        outgoing += guard.take_bad(len(batch))
        await until_available(NAME, lambda: app.send_records(outgoing))

    @app.agent(app.source(SOURCE), name=NAME)  # type: ignore[untyped-decorator]
    async def match_events(stream: Any) -> None:
        await run_batches(stream, NAME, handle, settings.batch_size, LINGER)


def _apply(
    batch: list[Incoming], guard: Guard, book: RuleBook, roots: Mapping[str, str], now: float
) -> list[Outgoing]:
    """One record for each project and partition of the batch, its events in their order."""
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
