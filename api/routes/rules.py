"""Alert rules, their preview, and maintenance windows."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec.structs import asdict

from agents.rules.compiled import check_rule, compile_rule
from api.call import Call
from api.declarations import PAGED
from api.errors import ApiError, bad_parameter, not_found
from api.models import Page
from api.parameters import limit, number_of
from api.queries.rule_preview import TooMuchHistory, preview_rule
from api.route import Route
from api.routes.bodies import Name, refusals
from api.routes.rule_bodies import (
    RuleChange,
    RuleInput,
    RuleItem,
    RulePreviewRequest,
    changed,
    draft_of,
    item_of,
)
from schemas.accounts import WRITE
from schemas.alerts import Alert
from schemas.rules import DAY, Quiet, Rule, RuleDraft

#: Most alerts that a preview shows.
MAX_SHOWN = 200


class RulePreview(msgspec.Struct, frozen=True):
    """What a draft would have fired. ``fired`` is how many alerts, ``alerts`` the latest of them, at most 200, each with when
    it ended, if it did; ``events`` is how many events, changes of issues or sessions it looked at."""

    start: datetime
    end: datetime
    fired: int
    events: int
    alerts: list[Alert]


class NewMaintenance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A maintenance window of a project, or of one environment where that is given. Times have their time zone."""

    name: Name
    start: Annotated[datetime, msgspec.Meta(tz=True)]
    end: Annotated[datetime, msgspec.Meta(tz=True)]
    environment: Annotated[str, msgspec.Meta(max_length=200)] = ""


class QuietItem(msgspec.Struct, frozen=True):
    """A time without alerts: a maintenance window, or the snooze of a rule's alerts of one scope."""

    id: str
    project: str
    name: str
    start: datetime
    end: datetime
    environment: str
    rule: str | None
    scope: dict[str, str]


async def list_rules(call: Call) -> Page[RuleItem]:
    """Rules of a project."""
    project = await call.project()
    size = limit(call.query)
    found = await call.api.operational.rules.find(project.id, _after(call), size + 1)
    cursor = str(found[size - 1].id) if len(found) > size else None
    return Page([item_of(rule) for rule in found[:size]], cursor)


async def show_rule(call: Call) -> RuleItem:
    """One rule."""
    project = await call.project()
    rule = await call.api.operational.rules.get(project.id, _id(call, "rule"))
    if rule is None:
        raise _no_rule(call)
    return item_of(rule)


async def add_rule(call: Call) -> web.Response:
    """Add a rule. It holds within seconds."""
    project = await call.project()
    draft = checked(draft_of(await call.body(RuleInput)))
    await _check_channels(call, project.id, draft.channels)
    with refusals():
        rule = await call.api.operational.rules.add(project.id, draft)
    return _created(item_of(rule))


async def change_rule(call: Call) -> RuleItem:
    """Change a rule.

    The parts that are given replace the rule's. ``version``: the version that was changed, so that two people do not overwrite
    each other; left out, whatever there is.
    """
    project = await call.project()
    parts = msgspec.to_builtins(await call.body(RuleChange))
    version = parts.pop("version", None)
    await _check_channels(call, project.id, parts.get("channels"))

    def change(before: Rule) -> RuleDraft:
        if version is not None and version != before.version:
            raise ApiError(
                409,
                "changed_meanwhile",
                f"The rule is at version {before.version} by now. Look at it again, then change it.",
                {"version": before.version},
            )
        try:
            return checked(changed(before, parts))
        except msgspec.ValidationError as error:
            raise ApiError(400, "bad_body", f"The body does not fit: {error}") from error

    rule = await call.api.operational.rules.change(project.id, _id(call, "rule"), change)
    if rule is None:
        raise _no_rule(call)
    return item_of(rule)


async def remove_rule(call: Call) -> web.Response:
    """Remove a rule. What it has going on is over."""
    project = await call.project()
    if not await call.api.operational.rules.remove(project.id, _id(call, "rule")):
        raise _no_rule(call)
    return web.Response(status=204)


async def preview(call: Call) -> RulePreview:
    """Play a draft of a rule over history."""
    project = await call.project()
    wanted = await call.body(RulePreviewRequest)
    draft = checked(draft_of(wanted.rule))
    terms = check_rule(draft)
    compiled = compile_rule(Rule(id=0, project=project.id, version=0, **asdict(draft)))
    end = call.api.clock()
    start = end - wanted.days * DAY
    try:
        found = await preview_rule(call.api.events, call.api.settings, compiled, terms, start, end)
    except TooMuchHistory as error:
        raise ApiError(400, "too_much_history", str(error)) from error
    ends = {alert.alert_id: alert.ended for alert in found.alerts if alert.state == "resolved"}
    fired = [alert for alert in found.alerts if alert.state == "firing"]
    shown = [
        msgspec.structs.replace(alert, ended=ends.get(alert.alert_id))
        for alert in reversed(fired[-MAX_SHOWN:])
    ]
    return RulePreview(moment(start), moment(end), len(fired), found.events, shown)


async def list_maintenance(call: Call) -> Page[QuietItem]:
    """Maintenance windows and snoozes that have not ended."""
    project = await call.project()
    size = limit(call.query)
    found = await call.api.operational.rules.quiets(project.id, _after(call), size + 1)
    cursor = str(found[size - 1].id) if len(found) > size else None
    return Page([quiet_item(quiet) for quiet in found[:size]], cursor)


async def add_maintenance(call: Call) -> web.Response:
    """Add a maintenance window.

    In it no alert is sent; what still goes on when it ends is sent then.
    """
    project = await call.project()
    wanted = await call.body(NewMaintenance)
    start, end = wanted.start.timestamp(), wanted.end.timestamp()
    if end <= max(start, call.api.clock()):
        raise ApiError(400, "bad_maintenance", "A maintenance window ends after it begins, and after now.")
    quiet = Quiet(
        id=0, project=project.id, start=start, end=end, name=wanted.name, environment=wanted.environment
    )
    with refusals():
        return _created(quiet_item(await call.api.operational.rules.add_quiet(quiet)))


async def remove_maintenance(call: Call) -> web.Response:
    """End a maintenance window or snooze at once."""
    project = await call.project()
    if not await call.api.operational.rules.remove_quiet(project.id, _id(call, "maintenance")):
        raise not_found(f"maintenance window {call.parts['maintenance'][:100]!r}")
    return web.Response(status=204)


def checked(draft: RuleDraft) -> RuleDraft:
    """The draft, if it makes sense.

    Raises:
        ApiError: 400 with the reason.
    """
    try:
        check_rule(draft)
    except ValueError as error:
        raise ApiError(400, "bad_rule", f"This rule cannot be used: {error}") from error
    return draft


async def _check_channels(call: Call, project: int, channels: Iterable[int | str] | None) -> None:
    """See that the channels that a rule names are the project's."""
    known = {info.channel.id for info in await call.api.operational.channels.of_project(project)}
    for channel in channels or ():
        if int(channel) not in known:
            raise ApiError(400, "bad_rule", f"There is no channel {channel} in this project.")


def quiet_item(quiet: Quiet) -> QuietItem:
    """As the API shows it."""
    return QuietItem(
        id=str(quiet.id),
        project=str(quiet.project),
        name=quiet.name,
        start=moment(quiet.start),
        end=moment(quiet.end),
        environment=quiet.environment,
        rule=str(quiet.rule) if quiet.rule else None,
        scope=quiet.scope,
    )


def moment(seconds: float) -> datetime:
    """Unix seconds as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def _created(item: Any) -> web.Response:
    return web.Response(status=201, body=msgspec.json.encode(item), content_type="application/json")


def _id(call: Call, name: str) -> int:
    """The number of the path; one that cannot be one is that of nothing."""
    return number_of(call.parts[name]) or 0


def _after(call: Call) -> int:
    text = call.query.get("cursor") or "0"
    if (after := number_of(text)) is None:
        raise bad_parameter("cursor", text, "the next_cursor of a page of the same list")
    return after


def _no_rule(call: Call) -> ApiError:
    return not_found(f"rule {call.parts['rule'][:100]!r}")


_RULES = "/api/v1/projects/{project}/rules"
_MAINTENANCE = "/api/v1/projects/{project}/maintenance"
ROUTES = (
    Route("GET", _RULES, list_rules, gives=Page[RuleItem], query=PAGED),
    Route("POST", _RULES, add_rule, WRITE, takes=RuleInput, gives=RuleItem, answers=(201,)),
    Route("POST", _RULES + "/preview", preview, takes=RulePreviewRequest, gives=RulePreview, changes=False),
    Route("GET", _RULES + "/{rule}", show_rule, gives=RuleItem),
    Route("PATCH", _RULES + "/{rule}", change_rule, WRITE, takes=RuleChange, gives=RuleItem),
    Route("DELETE", _RULES + "/{rule}", remove_rule, WRITE),
    Route("GET", _MAINTENANCE, list_maintenance, gives=Page[QuietItem], query=PAGED),
    Route(
        "POST", _MAINTENANCE, add_maintenance, WRITE, takes=NewMaintenance, gives=QuietItem, answers=(201,)
    ),
    Route("DELETE", _MAINTENANCE + "/{maintenance}", remove_maintenance, WRITE),
)
