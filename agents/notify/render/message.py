"""An alert in words, for people. What an event holds is a stranger's: it is cleaned here, and escaped by each format."""

import unicodedata
from datetime import UTC, datetime
from typing import NamedTuple

from agents.notify.notice import Notice, Told
from schemas.alerts import Alert, AlertIssue

#: Longest texts, in characters.
TITLE = 200
TEXT = 2000
#: Most issues and, in a digest, alerts that are listed.
MOST_LISTED = 20

_BARS = "▁▂▃▄▅▆▇█"
_UNITS = {
    "count": "events",
    "rate": "events a minute",
    "change": "%",
    "users": "users",
    "crash_free": "%",
    "storm": "new issues",
}
_STATES = {"firing": "", "acknowledged": "Acknowledged: ", "resolved": "Resolved: "}


class Line(NamedTuple):
    """Something that is listed: an issue, or an alert of a digest. ``url`` may be empty."""

    title: str
    detail: str
    url: str


class Message(NamedTuple):
    """What a person reads. ``facts`` are labels and values; ``more`` says what is not in ``lines``; ``tone`` is
    ``resolved`` or the severity; ``url`` may be empty."""

    subject: str
    title: str
    text: str
    tone: str
    facts: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    more: str
    trend: str
    url: str


def message_of(notice: Notice, public_url: str) -> Message:
    """A notice in words, with links where there is an address to link to."""
    if len(notice.told) > 1:
        return _digest(notice, public_url)
    (told,) = notice.told
    alert = told.event.data
    title = clean(alert.title, TITLE) or clean(alert.rule_name, TITLE)
    hidden = max(alert.issue_count, len(alert.issues)) - min(len(alert.issues), MOST_LISTED)
    return Message(
        subject=f"{'[Test] ' if notice.test else ''}{_STATES[told.state]}{title}",
        title=f"{_STATES[told.state]}{title}",
        text=clean(alert.text, TEXT),
        tone="resolved" if told.state == "resolved" else alert.severity,
        facts=tuple(_facts(alert, told, notice.project)),
        lines=tuple(_issue_line(alert, issue, public_url) for issue in alert.issues[:MOST_LISTED]),
        more=f"and {hidden} more" if hidden > 0 and alert.issues else "",
        trend=sparkline(notice.trend),
        url=_alert_url(alert, public_url),
    )


def clean(text: str, limit: int) -> str:
    """One line of at most ``limit`` characters, without what could hide or turn around what follows: control characters,
    and Unicode's format characters (directions, zero-width ones)."""
    shown = "".join(
        character
        if (kind := unicodedata.category(character)) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
        else " "
        if kind in ("Cc", "Zl", "Zp")
        else ""
        for character in text[: 4 * limit]
    )
    shown = " ".join(shown.split())
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip() + "…"


def sparkline(values: tuple[int, ...]) -> str:
    """Values as a row of bars, the highest filling its line; empty for none."""
    highest = max(values, default=0)
    if not highest:
        return ""
    return "".join(_BARS[value * (len(_BARS) - 1) // highest] for value in values)


def _digest(notice: Notice, public_url: str) -> Message:
    told = notice.told
    rules = len({one.event.data.rule for one in told})
    count = f"{len(told)} alerts of {rules} rule{'' if rules == 1 else 's'}"
    lines = tuple(_alert_line(one, public_url) for one in told[:MOST_LISTED])
    tones = {one.event.data.severity for one in told if one.state != "resolved"}
    return Message(
        subject=count,
        title=count,
        text="This channel has had as many messages as it is to have, so these come together.",
        tone=next((tone for tone in ("critical", "warning", "info") if tone in tones), "resolved"),
        facts=(("Project", clean(notice.project, TITLE)),),
        lines=lines,
        more=f"and {len(told) - len(lines)} more" if len(told) > len(lines) else "",
        trend="",
        url=_alert_url(told[0].event.data, public_url),
    )


def _facts(alert: Alert, told: Told, project: str) -> list[tuple[str, str]]:
    facts = [
        ("Project", clean(project, TITLE)),
        ("Rule", clean(alert.rule_name, TITLE)),
        ("Severity", alert.severity),
    ]
    facts += [(name.capitalize(), clean(value, TITLE)) for name, value in sorted(alert.scope.items())[:5]]
    unit = _UNITS.get(alert.kind, "")
    if alert.value is not None:
        facts.append(("Value", _with_unit(alert.value, unit)))
    if alert.threshold is not None:
        facts.append(("Threshold", _with_unit(alert.threshold, unit)))
    facts.append(("Started", _time(alert.started)))
    if told.state == "resolved" and alert.ended is not None:
        facts.append(("Ended", _time(alert.ended)))
    return [(clean(label, 40), value) for label, value in facts if value]


def _with_unit(value: float, unit: str) -> str:
    number = f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{number}{'' if unit in ('', '%') else ' '}{unit}"


def _time(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return ""


def _issue_line(alert: Alert, issue: AlertIssue, public_url: str) -> Line:
    details = [issue.culprit, issue.level, issue.release or "", issue.environment or ""]
    detail = " · ".join(shown for part in details if (shown := clean(part, TITLE)))
    url = f"{public_url.rstrip('/')}/projects/{alert.project}/issues/{issue.id}" if public_url else ""
    return Line(clean(issue.title, TITLE), detail, url if issue.id.isalnum() else "")


def _alert_line(told: Told, public_url: str) -> Line:
    alert = told.event.data
    title = f"{_STATES[told.state]}{clean(alert.title, TITLE)}"
    return Line(
        title, f"{clean(alert.rule_name, TITLE)} · {_time(alert.started)}", _alert_url(alert, public_url)
    )


def _alert_url(alert: Alert, public_url: str) -> str:
    return f"{public_url.rstrip('/')}/projects/{alert.project}/alerts" if public_url else ""
