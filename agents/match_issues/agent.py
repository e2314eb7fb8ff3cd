"""match_issues: brings the changes of issues to where their project's rules are decided. It holds no state."""

from collections.abc import Mapping
from typing import Any

import msgspec

from agents.batches import own_time, run_batches
from agents.guard import Guard, until_available
from agents.match.agent import DESTINATION
from agents.match.step import match_change
from agents.records import Incoming, Outgoing, concerns
from agents.rules.book import FollowedRules, RuleBook
from agents.rules.merged import FollowedMerges
from agents.rules.subject import ChangeSubject
from agents.stage import StageApp
from schemas.rules import MatchedChange, RuleMatches

NAME = "match_issues"
SOURCE = "issues-tracked"

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
    async def match_changes(stream: Any) -> None:
        await run_batches(stream, NAME, handle, settings.batch_size)


def _apply(
    batch: list[Incoming], guard: Guard, book: RuleBook, roots: Mapping[str, str], now: float
) -> list[Outgoing]:
    """One record for each project of the batch, its changes in their order."""
    if not book.waiting:
        return []
    matched: dict[int, list[MatchedChange]] = {}
    for record in batch:
        found = guard.attempt(record, _step, record, book, roots)
        if found is not None:
            project, change = found
            matched.setdefault(project, []).append(change)
    return [
        Outgoing(DESTINATION, b"%d" % project, _encode(RuleMatches(now, project, changes=tuple(changes))), [])
        for project, changes in matched.items()
    ]


def _step(record: Incoming, book: RuleBook, roots: Mapping[str, str]) -> tuple[int, MatchedChange] | None:
    if not concerns(record, NAME):
        return None
    subject = ChangeSubject(record.value, roots)
    change = match_change(subject, book.waiting.get(subject.change.project, ()))
    return None if change is None else (subject.change.project, change)
