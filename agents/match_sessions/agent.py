"""match_sessions: brings the totals of sessions to where their project's rules are decided. It holds no state."""

import msgspec

from agents.guard import Guard
from agents.match.step import match_sessions
from agents.match.wiring import DESTINATION, attach_matcher
from agents.records import Incoming, Outgoing, concerns
from agents.rules.book import FollowedRules, RuleBook
from agents.rules.subject import SessionSubject
from agents.stage import StageApp
from schemas.rules import MatchedSessions, RuleMatches

NAME = "match_sessions"
SOURCE = "sessions-counted"

_encode = msgspec.json.Encoder().encode


def attach(app: StageApp) -> None:
    """Add the agent to a stage."""
    attach_matcher(app, NAME, SOURCE, FollowedRules(app).current, _apply)


def _apply(batch: list[Incoming], guard: Guard, book: RuleBook, now: float) -> list[Outgoing]:
    """One record for each project of the batch."""
    if not book.of_sessions:
        return []
    matched: dict[int, list[MatchedSessions]] = {}
    for record in batch:
        found = guard.attempt(record, _step, record, book)
        if found is not None:
            project, sessions = found
            matched.setdefault(project, []).append(sessions)
    return [
        Outgoing(
            DESTINATION, b"%d" % project, _encode(RuleMatches(now, project, sessions=tuple(sessions))), []
        )
        for project, sessions in matched.items()
    ]


def _step(record: Incoming, book: RuleBook) -> tuple[int, MatchedSessions] | None:
    if not concerns(record, NAME):
        return None
    subject = SessionSubject(record.value)
    sessions = match_sessions(subject, book.of_sessions.get(subject.count.project, ()))
    return None if sessions is None else (subject.count.project, sessions)
