"""Searches of issues: what stands behind the fields that are about issues rather than events. Pure.

is:STATE                       one of ``STATES``
assigned:WHO                   me, nobody, or an address
times:NUMBER, users:NUMBER     also with one of ``> >= < <=`` before it
first_seen:TIME, last_seen:TIME
    -24h                       within the last 24 hours (units: s, m, h, d, w)
    +24h                       longer ago than that
    2026-01-31                 on that day, in UTC
    2026-01-31T12:00           in that minute or second, in UTC unless it says otherwise
    > >= < <=                  before a day, a moment or a duration; ``>-24h`` is after what was 24 hours ago
"""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from stores.search.syntax import SearchSyntaxError, Term, parse_terms

#: What ``is:`` takes: the status of an issue, how an unresolved one stands, and whether somebody cares for it.
STATES = (
    "unresolved",
    "resolved",
    "muted",
    "new",
    "ongoing",
    "regressed",
    "escalating",
    "assigned",
    "unassigned",
)
#: What ``assigned:`` takes besides somebody's address.
ME, NOBODY = "me", "nobody"

#: A bound that nothing reaches: the largest Int64.
UNBOUNDED = 2**63 - 1
_MICROSECONDS = 1_000_000
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_COMPARED = re.compile(r"(>=|<=|>|<|)(.*)", re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_DURATION = re.compile(r"([+-])([0-9]{1,7})([smhdw])", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d", re.ASCII)
_TIME = "a duration such as -24h, or a time such as 2026-01-31 or 2026-01-31T12:00"


class Named(NamedTuple):
    """What an issue's ``is`` or ``assigned`` must be, or with ``negated`` must not be."""

    field: str
    value: str
    negated: bool
    position: int


class Between(NamedTuple):
    """That an issue's ``times``, ``users``, ``first_seen`` or ``last_seen`` (Unix microseconds) is at least ``low`` and below
    ``high``, or with ``negated`` is not."""

    field: str
    low: int
    high: int
    negated: bool
    position: int


class IssueSearch(NamedTuple):
    """A search of issues: what their events must match, and what they must be themselves."""

    events: list[Term]
    named: list[Named]
    between: list[Between]


def parse_issue_search(text: str, now: float) -> IssueSearch:
    """A query of issues; ``now`` (Unix seconds) is what durations are counted from.

    Raises:
        SearchSyntaxError: it cannot be read.
    """
    terms = parse_terms(text)
    of_issue = [term for term in terms if term.is_of_issue]
    return IssueSearch(
        [term for term in terms if not term.is_of_issue],
        [_named(term) for term in of_issue if term.field in ("is", "assigned")],
        [_between(term, now) for term in of_issue if term.field not in ("is", "assigned")],
    )


def _named(term: Term) -> Named:
    value = "*".join(term.parts)
    if term.field == "is" and value not in STATES:
        raise SearchSyntaxError(f"'is:' takes one of {', '.join(STATES)}.", term.value_position)
    if len(term.parts) > 1 or not value:
        raise SearchSyntaxError("'assigned:' takes me, nobody, or an address.", term.value_position)
    return Named(term.field or "", value, term.negated, term.position)


def _between(term: Term, now: float) -> Between:
    low, high = _compared(term, now)
    return Between(term.field or "", max(low, 0), max(high, 0), term.negated, term.position)


def _compared(term: Term, now: float) -> tuple[int, int]:
    """From where on, and up to where without it."""
    match = _COMPARED.fullmatch("*".join(term.parts))
    assert match is not None
    operator, value = match[1], match[2]
    if term.field in ("times", "users"):
        if not _NUMBER.fullmatch(value):
            raise SearchSyntaxError(f"'{term.field}:' takes a number, such as >100.", term.value_position)
        low, high = int(value), int(value) + 1
    elif duration := _DURATION.fullmatch(value):
        ago = round((now - int(duration[2]) * _UNITS[duration[3]]) * _MICROSECONDS)
        if not operator:
            return (ago, UNBOUNDED) if duration[1] == "-" else (0, ago)
        low, high = ago, ago + 1
    else:
        low, high = _moment(value, term)
    return _with_operator(operator, low, high)


def _with_operator(operator: str, low: int, high: int) -> tuple[int, int]:
    """What a comparison with everything from ``low`` up to ``high`` leaves."""
    return {
        "": (low, high),
        ">": (high, UNBOUNDED),
        ">=": (low, UNBOUNDED),
        "<": (0, low),
        "<=": (0, high),
    }[operator]


def _moment(value: str, term: Term) -> tuple[int, int]:
    """The day, minute or second that a time names."""
    try:
        moment = datetime.fromisoformat(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        start = round(moment.timestamp()) * _MICROSECONDS
    except (ValueError, OverflowError) as error:
        raise SearchSyntaxError(f"'{term.field}:' takes {_TIME}.", term.value_position) from error
    seconds = 86_400 if _DAY.fullmatch(value) else 60 if _MINUTE.fullmatch(value) else 1
    return start, start + seconds * _MICROSECONDS
