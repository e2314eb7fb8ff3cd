"""What fired: lists, and what people do about it."""

from datetime import datetime
from typing import Annotated

import msgspec

from api.call import PROJECT, Call
from api.declarations import BETWEEN, PAGED, any_text, one_of
from api.errors import ApiError, not_found
from api.models import Page
from api.parameters import choice, cursor, encode_cursor, is_id, limit, number_of
from api.queries.alerts import AlertSearch, FoundAlert, find_alerts
from api.route import Route
from api.routes.bodies import refusals
from api.routes.paging import DEFAULT_SPAN
from api.routes.rules import QuietItem, moment, quiet_item
from schemas.accounts import WRITE
from schemas.alerts import Alert, AlertIssue
from schemas.rules import DAY, Quiet
from stores.operational.rules import Acknowledgement

_ANY = "any"


class AlertAcknowledgement(msgspec.Struct, frozen=True):
    """Who has taken an alert in hand first."""

    by: str
    at: datetime


class AlertItem(msgspec.Struct, frozen=True):
    """An alert in its latest state. ``value`` and ``threshold`` are in the unit of ``kind``."""

    id: str
    project: str
    rule: str
    rule_name: str
    kind: str
    state: str
    severity: str
    title: str
    text: str
    scope: dict[str, str]
    started: datetime
    ended: datetime | None
    value: float | None
    threshold: float | None
    issues: tuple[AlertIssue, ...]
    issue_count: int
    acknowledged: AlertAcknowledgement | None


class Snooze(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how many seconds no alert of the same rule and scope is to be sent."""

    seconds: Annotated[int, msgspec.Meta(ge=60, le=90 * DAY)]


async def list_alerts(call: Call) -> Page[AlertItem]:
    """Alerts of a project, those that began last first."""
    project = await call.project()
    query = call.query
    size = limit(query)
    start, end = call.time_range(DEFAULT_SPAN)
    state = choice(query, _STATE)
    rule = query.get(_RULE.name)
    search = AlertSearch(
        projects=(project.id,),
        start=start,
        end=end,
        state=None if state == _ANY else state,
        rule=None if rule is None else number_of(rule) or 0,
        after=cursor(query, "alerts"),
        limit=size + 1,
    )
    found = await find_alerts(call.api.events, search)
    known = await call.api.operational.rules.acknowledged([one.alert.alert_id for one in found])
    last = found[size - 1] if len(found) > size else None
    return Page(
        [_item(one.alert, known.get(one.alert.alert_id)) for one in found[:size]],
        encode_cursor("alerts", _microseconds(last), last.alert.alert_id) if last else None,
    )


async def show_alert(call: Call) -> AlertItem:
    """One alert."""
    alert = await _alert(call)
    known = await call.api.operational.rules.acknowledged([alert.alert_id])
    return _item(alert, known.get(alert.alert_id))


async def acknowledge_alert(call: Call) -> AlertItem:
    """Take an alert in hand. Whoever did so first stays; PagerDuty's incident is acknowledged too."""
    alert = await _alert(call)
    operational, expiry = call.api.operational, call.api.settings.notification_expiry
    known = await operational.rules.acknowledge(alert.project, alert.alert_id, call.caller.name)
    if alert.state == "firing":
        await operational.deliveries.acknowledge(alert.project, alert.alert_id, expiry)
    return _item(alert, known)


async def snooze_alert(call: Call) -> QuietItem:
    """Send no alert of the same rule and scope for some time."""
    alert = await _alert(call)
    wanted = await call.body(Snooze)
    now = call.api.clock()
    quiet = Quiet(
        id=0,
        project=alert.project,
        start=now,
        end=now + wanted.seconds,
        name=f"snoozed by {call.caller.name}",
        rule=alert.rule,
        scope=alert.scope,
    )
    if await call.api.operational.rules.get(alert.project, alert.rule) is None:
        raise ApiError(409, "refused", "The rule of this alert is gone, so it will not alert again.")
    with refusals():
        return quiet_item(await call.api.operational.rules.add_quiet(quiet))


async def _alert(call: Call) -> Alert:
    """The alert of the path; 404 when there is none, or the caller may not see it."""
    alert_id = call.parts["alert"]
    projects = {project.id: project for project in await call.api.access.projects(call.caller, call.scope)}
    if is_id(alert_id) and projects:
        found = await find_alerts(call.api.events, AlertSearch(tuple(projects), alert_id=alert_id))
        if found:
            call.request[PROJECT] = projects[found[0].alert.project]
            return found[0].alert
    raise not_found(f"alert {alert_id[:100]!r}")


def _microseconds(found: FoundAlert) -> int:
    """Exact, unlike a float of seconds: a cursor must not skip alerts within the same millionth."""
    return int(found.started.replace(microsecond=0).timestamp()) * 1_000_000 + found.started.microsecond


def _item(alert: Alert, acknowledged: Acknowledgement | None) -> AlertItem:
    return AlertItem(
        id=alert.alert_id,
        project=str(alert.project),
        rule=str(alert.rule),
        rule_name=alert.rule_name,
        kind=alert.kind,
        state=alert.state,
        severity=alert.severity,
        title=alert.title,
        text=alert.text,
        scope=alert.scope,
        started=moment(alert.started),
        ended=None if alert.ended is None else moment(alert.ended),
        value=alert.value,
        threshold=alert.threshold,
        issues=alert.issues,
        issue_count=alert.issue_count,
        acknowledged=acknowledged and AlertAcknowledgement(acknowledged.actor, moment(acknowledged.at)),
    )


_STATE = one_of("state", "Only alerts in this state.", (_ANY, "firing", "resolved"), _ANY)
_RULE = any_text("rule", "Only alerts of the rule with this id.")

ROUTES = (
    Route(
        "GET",
        "/api/v1/projects/{project}/alerts",
        list_alerts,
        gives=Page[AlertItem],
        query=(_STATE, _RULE, *BETWEEN, *PAGED),
    ),
    Route("GET", "/api/v1/alerts/{alert}", show_alert, gives=AlertItem),
    Route("POST", "/api/v1/alerts/{alert}/acknowledge", acknowledge_alert, WRITE, gives=AlertItem),
    Route("POST", "/api/v1/alerts/{alert}/snooze", snooze_alert, WRITE, takes=Snooze, gives=QuietItem),
)
