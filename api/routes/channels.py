"""Channels: where a project's alerts are sent."""

import time
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec.structs import replace

from agents.notify.check import check_target
from agents.notify.render.webhook import new_secret
from agents.notify.sample import sample_notice
from agents.notify.send.apprise import load
from agents.notify.send.errors import ReceiverRefused, ReceiverUnavailable
from agents.notify.send.senders import Senders
from api.call import Call
from api.errors import ApiError, not_found
from api.models import Page
from api.parameters import number_of
from api.route import Route
from schemas.accounts import WRITE
from schemas.channels import (
    SECRET_FIELDS,
    AppriseTarget,
    Channel,
    Target,
    WebhookTarget,
    kind_of,
    secrets_of,
    with_secrets,
)
from stores.errors import StoreRejected
from stores.operational.channels import ChannelInfo
from stores.operational.deliveries import Attempt

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
#: 0 stands for the setting's.
_Budget = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class NewChannel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A channel to be made. ``budget``: most messages an hour, from 2 on; 0 for the setting's."""

    name: _Name
    target: Target
    enabled: bool = True
    budget: _Budget = 0


class ChannelChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What changes. A target replaces the target; secrets that it leaves out stay, where its kind does."""

    name: _Name | msgspec.UnsetType = msgspec.UNSET
    target: Target | msgspec.UnsetType = msgspec.UNSET
    enabled: bool | msgspec.UnsetType = msgspec.UNSET
    budget: _Budget | msgspec.UnsetType = msgspec.UNSET


class ChannelItem(msgspec.Struct, frozen=True):
    """A channel. ``target`` has no secrets; ``secrets`` says of each whether it is set, and how it ends. ``failures``: of
    the attempts since the last message that was delivered. ``new_secret``: a webhook's, just made, shown this once."""

    id: str
    project: str
    name: str
    kind: str
    target: dict[str, Any]
    secrets: dict[str, str]
    enabled: bool
    budget: int
    failures: int
    new_secret: str | None = None


class TestResult(msgspec.Struct, frozen=True):
    """What happened to a test alert: ``delivered``, ``unavailable`` or ``refused``, what the receiver said, and how many
    seconds it took."""

    outcome: str
    detail: str
    seconds: float


async def list_channels(call: Call) -> Page[ChannelItem]:
    """The channels of a project (at most 100)."""
    project = await call.project()
    found = await call.api.operational.channels.of_project(project.id)
    return Page([_item(info) for info in found], None)


async def show_channel(call: Call) -> ChannelItem:
    """One channel."""
    project = await call.project()
    return _item(_found(call, await call.api.operational.channels.show(project.id, _channel_id(call))))


async def add_channel(call: Call) -> ChannelItem:
    """Make a channel."""
    project = await call.project()
    wanted = await call.body(NewChannel)
    made = None
    target = wanted.target
    if isinstance(target, WebhookTarget) and not target.secret:
        made = new_secret()
        target = replace(target, secret=made)
    channel = Channel(0, project.id, wanted.name, target, wanted.enabled, wanted.budget)
    await _prepare(target)
    _check_target(call, target)
    _check_budget(channel)
    try:
        info = await call.api.operational.channels.add(channel)
    except StoreRejected as error:
        raise ApiError(409, "not_possible", str(error)) from error
    return replace(_item(info), new_secret=made)


async def change_channel(call: Call) -> ChannelItem:
    """Change a channel; what waits for it goes by what it is then."""
    project = await call.project()
    wanted = await call.body(ChannelChange)
    if not isinstance(wanted.target, msgspec.UnsetType):
        await _prepare(wanted.target)
    try:
        changed = await call.api.operational.channels.change(
            project.id, _channel_id(call), _changing(call, wanted)
        )
    except StoreRejected as error:
        raise ApiError(409, "not_possible", str(error)) from error
    return _item(_found(call, changed))


async def remove_channel(call: Call) -> web.Response:
    """Remove a channel; what waits for it is not sent any more."""
    project = await call.project()
    if not await call.api.operational.channels.remove(project.id, _channel_id(call)):
        raise _unknown(call)
    return web.Response(status=204)


async def test_channel(call: Call) -> TestResult:
    """Send a test alert, and say what happened. It is listed among the deliveries."""
    project = await call.project()
    api = call.api
    try:
        channel = await api.operational.channels.get(project.id, _channel_id(call))
    except StoreRejected as error:
        raise ApiError(409, "not_possible", str(error)) from error
    if channel is None:
        raise _unknown(call)
    notice = sample_notice(channel, project.name, api.clock())
    at, started = api.clock(), time.perf_counter()
    try:
        outcome, detail = "delivered", await Senders(api.settings, api.clock).send(channel, notice)
    except ReceiverUnavailable as error:
        outcome, detail = "unavailable", str(error)
    except ReceiverRefused as error:
        outcome, detail = "refused", str(error)
    attempt = Attempt(at, round(time.perf_counter() - started, 3), outcome, detail)
    await api.operational.deliveries.record_test(channel.id, notice.told[0].event, attempt)
    return TestResult(outcome, detail, attempt.seconds)


def _changing(call: Call, wanted: ChannelChange) -> Callable[[Channel], Channel]:
    def change(before: Channel) -> Channel:
        after = before
        for name in ("name", "enabled", "budget"):
            if (value := getattr(wanted, name)) is not msgspec.UNSET:
                after = replace(after, **{name: value})
        if not isinstance(target := wanted.target, msgspec.UnsetType):
            if kind_of(target) == kind_of(before.target) and not _moves(target, before.target):
                target = with_secrets(target, secrets_of(before.target))
            after = replace(after, target=target)
            _check_target(call, target)
        _check_budget(after)
        return after

    return change


def _moves(target: Target, before: Target) -> bool:
    """Whether the new target has a secret in place of another one, as a bot's token for a webhook of Slack."""
    given = secrets_of(target)
    return bool(given) and set(given) != set(secrets_of(before))


async def _prepare(target: Target) -> None:
    """What is to be loaded before a target can be checked."""
    if isinstance(target, AppriseTarget):
        await load()


def _check_budget(channel: Channel) -> None:
    if channel.budget == 1:
        raise ApiError(400, "bad_channel", "A budget is at least 2 messages an hour, or 0 for the setting's.")


def _check_target(call: Call, target: Target) -> None:
    try:
        check_target(target, call.api.settings)
    except ValueError as error:
        raise ApiError(400, "bad_channel", str(error)) from error


def _item(info: ChannelInfo) -> ChannelItem:
    channel, kind = info.channel, kind_of(info.channel.target)
    target = msgspec.to_builtins(channel.target)
    return ChannelItem(
        id=str(channel.id),
        project=str(channel.project),
        name=channel.name,
        kind=kind,
        target={name: value for name, value in target.items() if name not in SECRET_FIELDS[kind]},
        secrets={name: f"set, ends with {hint}" if hint else "set" for name, hint in info.hints.items()},
        enabled=channel.enabled,
        budget=channel.budget,
        failures=info.failures,
    )


def _channel_id(call: Call) -> int:
    if (channel := number_of(call.parts["channel"])) is None:
        raise _unknown(call)
    return channel


def _found(call: Call, info: ChannelInfo | None) -> ChannelInfo:
    if info is None:
        raise _unknown(call)
    return info


def _unknown(call: Call) -> ApiError:
    return not_found(f"channel {call.parts['channel'][:100]!r}")


_PATH = "/api/v1/projects/{project}/channels"
_ONE = f"{_PATH}/{{channel}}"
ROUTES = (
    Route("GET", _PATH, list_channels, gives=Page[ChannelItem]),
    Route("POST", _PATH, add_channel, WRITE, takes=NewChannel, gives=ChannelItem),
    Route("GET", _ONE, show_channel, gives=ChannelItem),
    Route("PATCH", _ONE, change_channel, WRITE, takes=ChannelChange, gives=ChannelItem),
    Route("DELETE", _ONE, remove_channel, WRITE),
    Route("POST", f"{_ONE}/test", test_channel, WRITE, gives=TestResult),
)
