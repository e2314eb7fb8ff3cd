"""Channels: where a project's alerts are sent."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec.structs import asdict, replace

Kind = Literal["email", "slack", "pagerduty", "webhook", "apprise"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_Word = Annotated[str, msgspec.Meta(max_length=200)]
_Address = Annotated[str, msgspec.Meta(max_length=2000)]
_Secret = Annotated[str, msgspec.Meta(max_length=2000)]
_Mailbox = Annotated[str, msgspec.Meta(min_length=3, max_length=254)]


class _Target(msgspec.Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True, omit_defaults=True):
    pass


class EmailTarget(_Target, frozen=True, tag="email"):
    """Mailboxes, by the mail server or service that the settings name."""

    to: Annotated[tuple[_Mailbox, ...], msgspec.Meta(min_length=1, max_length=50)]


class SlackTarget(_Target, frozen=True, tag="slack"):
    """An incoming webhook; or a bot's token and the channel (name or id) that it posts to."""

    webhook_url: _Secret = ""
    bot_token: _Secret = ""
    channel: _Word = ""


class PagerDutyTarget(_Target, frozen=True, tag="pagerduty"):
    """A service of PagerDuty, by the routing key of its Events API v2 integration."""

    routing_key: _Secret = ""


class WebhookTarget(_Target, frozen=True, tag="webhook"):
    """A program of the user's. ``secret`` signs what it is sent: ``whsec_`` and base64, as the Standard Webhooks
    specification has it; one is made where none is given."""

    url: _Address
    secret: _Secret = ""


class AppriseTarget(_Target, frozen=True, tag="apprise"):
    """Any other service, by its Apprise URL."""

    url: _Secret = ""


Target = EmailTarget | SlackTarget | PagerDutyTarget | WebhookTarget | AppriseTarget

#: The fields of each kind of target that are never shown again.
SECRET_FIELDS: dict[Kind, tuple[str, ...]] = {
    "email": (),
    "slack": ("webhook_url", "bot_token"),
    "pagerduty": ("routing_key",),
    "webhook": ("secret",),
    "apprise": ("url",),
}


class Channel(msgspec.Struct, frozen=True):
    """A channel, with its secrets. ``budget`` is the most messages an hour; 0: the setting's."""

    id: int
    project: int
    name: str
    target: Target
    enabled: bool = True
    budget: int = 0
    version: int = 1


def kind_of(target: Target) -> Kind:
    """The word by which a target's kind is known."""
    kind: Kind = type(target).__struct_config__.tag  # type: ignore[assignment]
    return kind


def secrets_of(target: Target) -> dict[str, str]:
    """The secrets of a target that are set, by the names of their fields."""
    return {name: value for name in SECRET_FIELDS[kind_of(target)] if (value := getattr(target, name))}


def with_secrets(target: Target, secrets: Mapping[str, str]) -> Target:
    """A target with ``secrets`` in those of its secret fields that are empty."""
    kept: dict[str, Any] = {
        name: secrets[name]
        for name in SECRET_FIELDS[kind_of(target)]
        if name in secrets and not getattr(target, name)
    }
    return replace(target, **kept)


def without_secrets(target: Target) -> Target:
    """A target as it may be shown and stored in the clear."""
    fields = asdict(target)
    emptied: dict[str, Any] = dict.fromkeys(SECRET_FIELDS[kind_of(target)], "")
    return type(target)(**{**fields, **emptied})
