"""The pure step of match: which rules an event concerns."""

from collections.abc import Mapping, Sequence

from agents.rules.compiled import CompiledRule
from agents.rules.subject import EventSubject, SessionSubject, Subject
from agents.users import user_key
from schemas.headers import Position
from schemas.records import IssueChange
from schemas.rules import CountedEvent, MatchedChange, MatchedSessions
from schemas.users import user_hash

#: Longest value of a scope, in characters.
_LONGEST_SCOPE = 250


def match_event(
    value: bytes, origin: Position, rules: Sequence[CompiledRule], roots: Mapping[str, str]
) -> CountedEvent | None:
    """What rules that count are to know of an event; None where it concerns none. ``roots``: the issue that each merged one
    is shown as.

    Raises:
        msgspec.ValidationError: the value is no ``FingerprintedEvent``.
    """
    subject = EventSubject(value, roots)
    matched = _matched(subject, rules)
    if not matched:
        return None
    view, event = subject.view, subject.view.event
    user = user_key(event.user) if event.user else ""
    return CountedEvent(
        source=(origin.partition, origin.generation, origin.offset),
        event_id=event.event_id,
        timestamp=event.timestamp,
        issue_id=subject.issue,
        title=view.grouping.title,
        culprit=view.grouping.culprit,
        level=event.level,
        platform=event.platform,
        release=event.release or "",
        environment=event.environment or "",
        user=user_hash(user) if user else None,
        rules=matched,
    )


def match_change(
    subject: EventSubject, change: IssueChange, rules: Sequence[CompiledRule]
) -> MatchedChange | None:
    """What ``rules`` that wait for such a change are to know of it; None where it concerns none. The subject is the event that
    caused it."""
    matched = _matched(subject, rules)
    if not matched:
        return None
    return MatchedChange(
        id=change.id,
        at=change.at,
        event_id=change.event_id,
        issue_id=subject.issue,
        title=change.title,
        culprit=change.culprit,
        level=change.level,
        platform=change.platform,
        release=change.release or "",
        environment=change.environment or "",
        rules=matched,
    )


def match_sessions(subject: SessionSubject, rules: Sequence[CompiledRule]) -> MatchedSessions | None:
    """What rules about sessions are to know of their totals; None where they concern none."""
    matched = _matched(subject, rules)
    if not matched:
        return None
    count = subject.count
    return MatchedSessions(
        release=count.release,
        environment=count.environment,
        bucket=count.bucket,
        partition=count.partition,
        opened=count.opened,
        sessions=count.sessions,
        crashed=count.crashed,
        users=count.users,
        crashed_users=count.crashed_users,
        rules=matched,
    )


def _matched(subject: Subject, rules: Sequence[CompiledRule]) -> tuple[tuple[int, int, str], ...]:
    return tuple(
        (rule.id, rule.version, subject.text_of(rule.per)[:_LONGEST_SCOPE] if rule.per else "")
        for rule, _, _, predicate in rules
        if predicate is None or predicate(subject)
    )
