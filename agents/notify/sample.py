"""The alert that a channel is tested with."""

from datetime import UTC, datetime

from agents.notify.notice import Notice, Told, key_of
from schemas.alerts import TYPES, Alert, AlertEvent
from schemas.channels import Channel, PagerDutyTarget
from stores.operational.deliveries import new_alert_id


def sample_notice(channel: Channel, project_name: str, now: float) -> Notice:
    """A test of a channel at the time ``now`` (Unix seconds). PagerDuty is told at once that it is over, so that nobody is
    called."""
    alert = Alert(
        alert_id=new_alert_id(),
        project=channel.project,
        rule=0,
        rule_name="Test",
        rule_version=1,
        kind="count",
        state="firing",
        severity="info",
        title=f"Alerts of {project_name} arrive here",
        text=f"Somebody tested the channel {channel.name!r}. Nothing has happened.",
        started=now,
        channels=(channel.id,),
    )
    event = AlertEvent(
        id=f"{alert.alert_id}:firing",
        source=f"/projects/{channel.project}/rules/0",
        type=TYPES["firing"],
        time=datetime.fromtimestamp(now, UTC).isoformat(),
        data=alert,
    )
    told: tuple[Told, ...] = (Told("firing", event),)
    if isinstance(channel.target, PagerDutyTarget):
        told = (*told, Told("resolved", event))
    return Notice(key_of(channel.id, alert.alert_id, "firing"), told, project_name, test=True)
