"""The changes of issues that rules wait for, beside the event that caused each: only there are all its fields at hand."""

from collections.abc import Mapping, Sequence

import msgspec

from agents.match.step import match_change
from agents.match.wiring import DESTINATION, RulesAndRoots
from agents.records import Outgoing
from agents.rules.subject import EventSubject
from schemas.records import IssueChange
from schemas.rules import MatchedChange, RuleMatches

_encode = msgspec.json.Encoder().encode


def match_changes(value: bytes, changes: Sequence[IssueChange], known: RulesAndRoots) -> list[MatchedChange]:
    """What rules are to know of the changes that an event, a ``value`` of events-fingerprinted, has caused. The event is read
    again only where a rule of its project waits for such a change."""
    book, roots = known
    found: list[MatchedChange] = []
    for change in changes:
        rules = [rule for rule in book.waiting.get(change.project, ()) if rule.change == change.change]
        if rules and (matched := match_change(EventSubject(value, roots), change, rules)):
            found.append(matched)
    return found


def change_records(matched: Mapping[int, Sequence[MatchedChange]], now: float) -> list[Outgoing]:
    """A record for each project, its changes in their order; ``now`` is when they were matched, in Unix seconds."""
    return [
        Outgoing(DESTINATION, b"%d" % project, _encode(RuleMatches(now, project, changes=tuple(changes))), [])
        for project, changes in matched.items()
    ]
