"""Alerts for tests."""

from typing import Any

import msgspec

from agents.notify.notice import Notice, Told, key_of
from schemas.alerts import TYPES, Alert, AlertEvent, AlertIssue
from tests.driver.topology_driver import NOW

HOSTILE = "<script>alert(1)</script> <!channel> *bold* & \u202eright-to-left\x00\r\nBcc: all@example.org"


def alert_event(number: int = 1, channels: tuple[int, ...] = (1,), **fields: Any) -> AlertEvent:
    """An alert of rule 7 of project 1; its id is made of ``number``."""
    given: dict[str, Any] = {
        "alert_id": f"{number:032x}",
        "project": 1,
        "rule": 7,
        "rule_name": "Many errors in production",
        "rule_version": 3,
        "kind": "count",
        "state": "firing",
        "severity": "critical",
        "title": f"Alert {number}",
        "text": "More than 100 errors within 5 minutes.",
        "started": NOW,
        "channels": channels,
        "scope": {"environment": "production"},
        "value": 120.0,
        "threshold": 100.0,
        "issues": (
            AlertIssue("a" * 32, "ValueError: no such cart", "shop.cart in add", release="shop@1.4.0"),
        ),
        "issue_count": 3,
    }
    alert = Alert(**{**given, **fields})
    return AlertEvent(
        id=f"{alert.alert_id}:{alert.state}",
        source=f"/projects/{alert.project}/rules/{alert.rule}",
        type=TYPES[alert.state],
        time="2026-09-21T14:13:20+00:00",
        data=alert,
    )


def hostile_event() -> AlertEvent:
    """An alert all of whose texts want to be more than texts."""
    issue = AlertIssue("../" * 20, HOSTILE, HOSTILE, level="error", release=HOSTILE, environment=HOSTILE)
    return alert_event(
        title=HOSTILE, text=HOSTILE * 200, rule_name=HOSTILE, scope={HOSTILE: HOSTILE}, issues=(issue,) * 30
    )


def notice_of(*events: AlertEvent, channel: int = 1, **fields: Any) -> Notice:
    """A notice of alerts in their own states."""
    told = tuple(Told(event.data.state, event) for event in events)
    return Notice(key_of(channel, events[0].data.alert_id, told[0].state), told, "shop", **fields)


def encoded(event: AlertEvent) -> bytes:
    """A value of alerts-evaluated."""
    return msgspec.json.encode(event)
