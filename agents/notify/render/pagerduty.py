"""An alert as an event of PagerDuty's Events API v2."""

from typing import Any

from agents.notify.notice import Told
from agents.notify.render.message import Message

_ACTIONS = {"firing": "trigger", "acknowledged": "acknowledge", "resolved": "resolve"}


def pagerduty_of(told: Told, message: Message, routing_key: str) -> dict[str, Any]:
    """The event; all those of one alert have its id as ``dedup_key``, so that they make one incident."""
    alert = told.event.data
    event: dict[str, Any] = {
        "routing_key": routing_key,
        "event_action": _ACTIONS[told.state],
        "dedup_key": alert.alert_id,
    }
    if told.state != "firing":
        return event
    event["payload"] = {
        "summary": message.subject[:1024],
        "source": f"stacktide project {alert.project}",
        "severity": alert.severity,
        "timestamp": told.event.time,
        "component": message.lines[0].detail if message.lines else "",
        "class": alert.kind,
        "custom_details": {
            "text": message.text,
            **dict(message.facts),
            "issues": [f"{line.title} {line.url}".strip() for line in message.lines],
        },
    }
    event["client"] = "Stacktide"
    if message.url:
        event["client_url"] = message.url
        event["links"] = [{"href": line.url, "text": line.title} for line in message.lines if line.url]
    return event
