"""match_issues: brings the changes of issues to where their project's rules are decided. It holds no state."""

from collections.abc import Mapping

import msgspec

from agents.guard import Guard
from agents.match.agent import DESTINATION
from agents.match.step import match_change
from agents.match.wiring import RulesAndRoots, attach_matcher, rules_and_roots
from agents.records import Incoming, Outgoing, concerns
from agents.rules.book import RuleBook
from agents.rules.subject import ChangeSubject
from agents.stage import StageApp
from schemas.rules import MatchedChange, RuleMatches

NAME = "match_issues"
SOURCE = "issues-tracked"

_encode = msgspec.json.Encoder().encode


def attach(app: StageApp) -> None:
    """Add the agent to a stage."""
    attach_matcher(app, NAME, SOURCE, rules_and_roots(app), _apply)


def _apply(batch: list[Incoming], guard: Guard, known: RulesAndRoots, now: float) -> list[Outgoing]:
    """One record for each project of the batch, its changes in their order."""
    book, roots = known
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
