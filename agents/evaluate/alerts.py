"""From what a rule found to the alert that tells of it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b

import msgspec

from agents.evaluate.state import Firing
from schemas.alerts import TYPES, Alert, AlertEvent, AlertIssue, Kind
from schemas.rules import Change, Count, CountedEvent, CrashFree, MatchedChange, Rate, Rule, Silence, Users

#: Issues that one alert names.
MOST_ISSUES = 20

_WHAT_HAPPENED = {
    "new_issue": "New issue",
    "regression": "Issue is back",
    "escalation": "Issue escalates",
    "unmuted": "Issue is no longer muted",
}
_EXPLAINED = {
    "new_issue": "It was seen for the first time",
    "regression": "It was resolved, and has been seen again",
    "escalation": "It has far more events than it used to have",
    "unmuted": "What it was muted until has come",
}


def alert_id(rule: Rule, scope: Mapping[str, str], what: str) -> str:
    """The id of the alert that ``what`` (a window, a change) sets off: the same however often it is worked out."""
    parts = (rule.id, rule.version, sorted(scope.items()), what)
    return blake2b(msgspec.json.encode(parts), digest_size=16).hexdigest()


def kind_of(rule: Rule) -> Kind:
    """The kind of a rule's alerts."""
    kind: Kind = type(rule.condition).__struct_config__.tag  # type: ignore[assignment]
    return kind


def issue_of(source: CountedEvent | MatchedChange) -> AlertIssue:
    """The issue of an event or a change."""
    return AlertIssue(
        source.issue_id,
        source.title,
        source.culprit,
        source.level,
        source.platform,
        source.release or None,
        source.environment or None,
        source.event_id,
    )


def counted_alert(
    rule: Rule,
    scope: dict[str, str],
    firing: Firing,
    issues: tuple[AlertIssue, ...] = (),
    ended: float | None = None,
) -> Alert:
    """The alert of a condition that counts; it is over where ``ended`` is given."""
    what = _measured(rule, firing)
    where = _scope_text(scope)
    of = _counted(rule)
    if ended is None:
        text = f"{what[0].upper()}{what[1:]}{where}{of}."
    else:
        text = f"It is over after {_lasted(ended - firing.started)}. It began with {what}{where}{of}."
    return _alert(
        rule, kind_of(rule), scope, firing, f"{rule.name}: {what}{where}", text, issues, len(issues), ended
    )


def issues_alert(
    rule: Rule, scope: dict[str, str], firing: Firing, issues: Sequence[AlertIssue], count: int
) -> Alert:
    """The alert of changes of issues: of one, or of several that were gathered."""
    kind = kind_of(rule)
    what = _WHAT_HAPPENED[kind]
    if count == 1:
        title = f"{what}: {issues[0].title}"
        text = f"{_EXPLAINED[kind]}{_seen_in(issues[0])}."
    else:
        title = f"{rule.name}: {count} issues"
        text = f"{what}, {count} times: {_named(issues, count)}."
    return _alert(rule, kind, scope, firing, title, text, tuple(issues), count, None)


def storm_alert(
    rule: Rule,
    scope: dict[str, str],
    firing: Firing,
    issues: Sequence[AlertIssue],
    count: int,
    ended: float | None = None,
) -> Alert:
    """The alert that stands for very many."""
    what = _WHAT_HAPPENED[kind_of(rule)].lower()
    if ended is None:
        text = f"More than {firing.threshold:g} times within a minute: {what}. Until it calms down no further alert is sent."
    else:
        text = f"It has calmed down. {count} times since it began: {what}: {_named(issues, count)}."
    title = f"{rule.name}: storm of issues"
    return _alert(rule, "storm", scope, firing, title, text, tuple(issues), count, ended)


def given_up(told: Alert, at: float) -> Alert:
    """The end of an alert whose rule is changed, disabled or gone."""
    text = "It is no longer watched: the rule was changed or removed."
    return msgspec.structs.replace(told, state="resolved", text=text, ended=at)


def encode_event(alert: Alert) -> bytes:
    """The record of alerts-evaluated that carries an alert."""
    at = alert.started if alert.ended is None else alert.ended
    event = AlertEvent(
        id=f"{alert.alert_id}:{alert.state}",
        source=f"/projects/{alert.project}/rules/{alert.rule}",
        type=TYPES[alert.state],
        time=datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z"),
        data=alert,
        subject=alert.title[:200],
    )
    return msgspec.json.encode(event)


def _alert(
    rule: Rule,
    kind: Kind,
    scope: dict[str, str],
    firing: Firing,
    title: str,
    text: str,
    issues: tuple[AlertIssue, ...],
    issue_count: int,
    ended: float | None,
) -> Alert:
    return Alert(
        alert_id=firing.alert_id,
        project=rule.project,
        rule=rule.id,
        rule_name=rule.name,
        rule_version=rule.version,
        kind=kind,
        state="firing" if ended is None else "resolved",
        severity=rule.severity,
        title=title,
        text=text,
        started=firing.started,
        channels=rule.channels,
        scope=scope,
        value=firing.value,
        threshold=firing.threshold,
        window=firing.window,
        issues=issues[:MOST_ISSUES],
        issue_count=issue_count,
        ended=ended,
    )


def _measured(rule: Rule, firing: Firing) -> str:
    condition, value, threshold = rule.condition, firing.value or 0.0, firing.threshold or 0.0
    if isinstance(condition, Count):
        return f"{value:g} events in {_span(condition.window)} (more than {threshold:g})"
    if isinstance(condition, Rate):
        return f"{value:.4g} events a minute over {_span(condition.window)} (more than {threshold:g})"
    if isinstance(condition, Users):
        return f"{value:g} users in {_span(condition.window)} (more than {threshold:g})"
    if isinstance(condition, CrashFree):
        span = _span(condition.window)
        return f"{value:.4g} % crash-free {condition.measure} in {span} (less than {threshold:g} %)"
    if isinstance(condition, Change):
        against = "the week before" if condition.against == "week" else "the window before"
        return f"{value:+.4g} % events in {_span(condition.window)} against {against} ({threshold:+g} % or beyond)"
    assert isinstance(condition, Silence)
    return f"no events for {_span(condition.window)}"


def _span(seconds: int) -> str:
    for unit, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds % unit == 0:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


def _lasted(seconds: float) -> str:
    """A time in its largest unit of which there are at least two."""
    for unit, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"


def _counted(rule: Rule) -> str:
    """Which events a rule is limited to."""
    parts = [f"{name} {value}" for name in ("environment", "release") if (value := getattr(rule, name))]
    parts += ["one issue"] if rule.issue else []
    parts += [rule.query] if rule.query else []
    return f"; counting {' and '.join(parts)}" if parts else ""


def _seen_in(issue: AlertIssue) -> str:
    release = f"release {issue.release}" if issue.release else ""
    parts = [part for part in (issue.culprit, release, issue.environment) if part]
    return f": {', '.join(parts)}" if parts else ""


def _scope_text(scope: Mapping[str, str]) -> str:
    return "".join(f", {name} {value or '(none)'}" for name, value in scope.items())


def _named(issues: Sequence[AlertIssue], count: int) -> str:
    names = "; ".join(issue.title for issue in issues[:5])
    return names + (f"; and {count - 5} more" if count > 5 else "")
