"""Alerts: the value of ``alerts-evaluated``, a public contract.

A record is a CloudEvent (version 1.0 of the CNCF's specification, JSON format, structured mode) whose ``data`` is an
``Alert``. Consumers may rely on every field here; new ones may be added, none is taken away or changes its meaning within
``v1`` of ``type``.
"""

from typing import Literal

import msgspec

State = Literal["firing", "resolved"]
Severity = Literal["info", "warning", "critical"]
Kind = Literal[
    "new_issue",
    "regression",
    "escalation",
    "unmuted",
    "count",
    "rate",
    "change",
    "users",
    "crash_free",
    "silence",
    "storm",
]

#: ``CloudEvent.type`` by the alert's state.
TYPES: dict[State, str] = {
    "firing": "dev.stacktide.alert.firing.v1",
    "resolved": "dev.stacktide.alert.resolved.v1",
}


class AlertIssue(msgspec.Struct, frozen=True, omit_defaults=True):
    """An issue that an alert is about, as it was then."""

    id: str
    title: str
    culprit: str = ""
    level: str = "error"
    platform: str = "other"
    release: str | None = None
    environment: str | None = None
    event_id: str | None = None


class AlertWindow(msgspec.Struct, frozen=True):
    """The window that was looked at: from ``start`` up to, and without, ``end``, in Unix seconds of event time."""

    start: float
    end: float


class Alert(msgspec.Struct, frozen=True, omit_defaults=True):
    """What fired, or is over.

    ``alert_id`` is the same for the firing and the resolving of one alert: 32 hex digits made of the rule, the scope and the
    window or change that fired it, so that it is the same however often it is sent. ``scope`` names what was looked at
    apart (``{"issue": …}``, ``{"release": …}``; empty: all that the rule counts). ``value`` and ``threshold`` are in the
    unit of the kind: events, events per minute, per cent, users. ``issues`` are those that it is about, at most 20, and
    ``issue_count`` how many there are. ``channels`` are the ids of the channels that it goes to. Times are Unix seconds.
    """

    alert_id: str
    project: int
    rule: int
    rule_name: str
    rule_version: int
    kind: Kind
    state: State
    severity: Severity
    title: str
    text: str
    started: float
    channels: tuple[int, ...] = ()
    scope: dict[str, str] = {}
    value: float | None = None
    threshold: float | None = None
    window: AlertWindow | None = None
    issues: tuple[AlertIssue, ...] = ()
    issue_count: int = 0
    ended: float | None = None


class AlertEvent(msgspec.Struct, frozen=True):
    """The CloudEvent. ``id`` is ``<alert_id>:<state>``, ``source`` ``/projects/<project>/rules/<rule>``, ``time`` RFC 3339."""

    id: str
    source: str
    type: str
    time: str
    data: Alert
    subject: str = ""
    specversion: Literal["1.0"] = "1.0"
    datacontenttype: Literal["application/json"] = "application/json"
