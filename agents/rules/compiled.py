"""Rules, checked and compiled."""

from typing import NamedTuple

from agents.rules.predicate import Predicate, field_is, issue_is, predicate_of
from agents.rules.subject import SESSION_FIELDS
from schemas.records import ROLLUP_WIDTH
from schemas.rules import (
    Change,
    Condition,
    Count,
    CrashFree,
    Escalation,
    NewIssue,
    Rate,
    Regression,
    Rule,
    RuleDraft,
    Silence,
    Unmuted,
    Users,
)
from stores.search.syntax import Term, parse_search

#: The change of an issue that a condition waits for, as ``IssueChange`` names it.
CHANGES: dict[type, str] = {
    NewIssue: "created",
    Regression: "regressed",
    Escalation: "escalating",
    Unmuted: "unmuted",
}

_FINEST = 10
#: Into how many buckets a window is divided at most, and at least where it is longer than as many of the finest.
_MOST_BUCKETS = 60
_MOST_HEAVY_BUCKETS = 12
_LEAST_BUCKETS = 6
_HOUR = 3600


class CompiledRule(NamedTuple):
    """A rule that is ready for use. ``change``: the change of an issue that it waits for, empty for rules that count.
    ``width``: seconds of the buckets that it counts in, 0 where it counts nothing. ``predicate`` is None where everything
    matches."""

    rule: Rule
    change: str
    width: int
    predicate: Predicate | None


def compile_rule(rule: Rule) -> CompiledRule:
    """A rule, ready for use.

    Raises:
        ValueError: it makes no sense; the message says why.
    """
    terms = check_rule(rule)
    return CompiledRule(
        rule, CHANGES.get(type(rule.condition), ""), bucket_width(rule.condition), _predicate(rule, terms)
    )


def check_rule(rule: RuleDraft) -> list[Term]:
    """The terms of a rule's query, if the whole rule makes sense.

    Raises:
        ValueError: it does not; the message says why. ``SearchSyntaxError`` where the query cannot be read.
    """
    condition = rule.condition
    terms = parse_search(rule.query)
    bucket_width(condition)
    _check_condition(condition)
    if rule.digest and type(condition) not in CHANGES:
        raise ValueError("A digest gathers alerts about issues. Conditions that count have a cooldown only.")
    if isinstance(condition, CrashFree):
        _check_session_fields(terms)
        if rule.issue or rule.per == "issue":
            raise ValueError("Sessions have no issue: take 'release' or 'environment'.")
    if isinstance(condition, Silence) and rule.per not in ("", "environment"):
        raise ValueError(
            f"Silence cannot be watched per {rule.per}: each of them falls silent some day. Leave 'per' out, or take "
            "'environment'."
        )
    if rule.issue and isinstance(condition, NewIssue):
        raise ValueError("A rule for new issues cannot be limited to an issue that exists.")
    for scope in ("issue", "release", "environment"):
        if rule.per == scope and getattr(rule, scope):
            raise ValueError(
                f"'per' is {scope!r}, but the rule is limited to one {scope}. Leave one of the two out."
            )
    return terms


def _check_session_fields(terms: list[Term]) -> None:
    for term in terms:
        if term.is_tag or term.field not in SESSION_FIELDS:
            what = f"the field {term.field!r}" if term.field else "words without a field"
            known = ", ".join(sorted(SESSION_FIELDS))
            raise ValueError(f"A rule about sessions cannot be filtered by {what}, only by {known}.")


def _check_condition(condition: Condition) -> None:
    if isinstance(condition, Count | Rate):
        if condition.windows > condition.of:
            raise ValueError(
                f"{condition.windows} of {condition.of} windows: the first number is the larger."
            )
        if condition.of > 1 and condition.window * condition.of > 7 * 86_400:
            raise ValueError("All windows together may be at most seven days long.")
    if isinstance(condition, Count | Rate | Users):
        below, above = condition.resolve_below, condition.above
        if below is not None and below > above:
            raise ValueError(
                f"resolve_below ({below:g}) is larger than above ({above:g}): it would be over at once."
            )
        if below == 0:
            raise ValueError("resolve_below is 0: no count is below that, and the alert would never be over.")
    if isinstance(condition, Change):
        if condition.percent == 0:
            raise ValueError(
                "percent is 0: everything is at least as many as before. Take a number above or below 0."
            )
        if condition.against == "week" and condition.window < _HOUR:
            raise ValueError("Compared with the week before, a window must be at least an hour (3600).")
        if condition.against == "week" and condition.window > 86_400:
            raise ValueError("Compared with the week before, a window may be at most a day (86400).")


def bucket_width(condition: Condition) -> int:
    """Seconds of the buckets that a condition counts in: a window is up to 60 of them, or 12 where many windows or many
    users are kept. 0 for conditions that do not count.

    Raises:
        ValueError: the window cannot be divided well.
    """
    if type(condition) in CHANGES:
        return 0
    if isinstance(condition, CrashFree):
        return ROLLUP_WIDTH
    assert isinstance(condition, Count | Rate | Change | Users | Silence)
    window = condition.window
    if isinstance(condition, Silence):
        return _FINEST
    most = _MOST_HEAVY_BUCKETS if isinstance(condition, Users | Change) else _MOST_BUCKETS
    for parts in range(most, 0, -1):
        width = window // parts
        if window % parts == 0 and width % _FINEST == 0:
            if parts < _LEAST_BUCKETS and window > _LEAST_BUCKETS * _FINEST:
                break
            return width
    near = round(window / 60) * 60 or 60
    raise ValueError(f"A window of {window} seconds cannot be divided evenly. Take {near}, say.")


def _predicate(rule: RuleDraft, terms: list[Term]) -> Predicate | None:
    equal = [(field, value) for field in ("environment", "release") if (value := getattr(rule, field))]
    predicates = [field_is(field, value) for field, value in equal]
    if rule.issue:
        predicates.append(issue_is(rule.issue))
    if query := predicate_of(terms):
        predicates.append(query)
    if len(predicates) < 2:
        return predicates[0] if predicates else None
    return lambda subject: all(predicate(subject) for predicate in predicates)
