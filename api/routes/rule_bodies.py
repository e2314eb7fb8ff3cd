"""What the API takes and gives of rules: as ``schemas.rules``, with ids as texts."""

from typing import Annotated, Any

import msgspec
from msgspec.structs import fields

from schemas.rules import MAX_CHANNELS, Rule, RuleDraft, RuleParts

_ChannelId = Annotated[str, msgspec.Meta(pattern="^[0-9]{1,9}$")]


class RuleItem(RuleParts, frozen=True, kw_only=True):
    """A rule. ``channels`` are the ids of the channels that its alerts go to."""

    id: str
    project: str
    version: int
    channels: tuple[str, ...]


class RuleInput(RuleParts, frozen=True, forbid_unknown_fields=True):
    """What people write of a rule. ``channels`` are the ids of channels; numbers are taken for them too."""

    channels: Annotated[tuple[_ChannelId | int, ...], msgspec.Meta(max_length=MAX_CHANNELS)] = ()


#: The parts of a rule that change; ``version`` is that of the rule that was changed.
RuleChange = msgspec.defstruct(
    "RuleChange",
    [
        *((part.name, part.type | msgspec.UnsetType, msgspec.UNSET) for part in fields(RuleInput)),
        ("version", int | None, None),
    ],
    frozen=True,
    forbid_unknown_fields=True,
)


class RulePreviewRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A draft, and over how many of the last days it is to be played."""

    rule: RuleInput
    days: Annotated[int, msgspec.Meta(ge=1, le=30)] = 7


def item_of(rule: Rule) -> RuleItem:
    """As the API shows it."""
    parts = {name: getattr(rule, name) for name in RuleParts.__struct_fields__}
    channels = tuple(map(str, rule.channels))
    return RuleItem(
        id=str(rule.id), project=str(rule.project), version=rule.version, channels=channels, **parts
    )


def draft_of(given: RuleInput) -> RuleDraft:
    """The draft that somebody has written."""
    parts = {name: getattr(given, name) for name in RuleParts.__struct_fields__}
    return RuleDraft(**parts, channels=tuple(map(int, given.channels)))


def changed(before: Rule, parts: dict[str, Any]) -> RuleDraft:
    """A rule with some parts, as ``RuleChange`` has them, replaced.

    Raises:
        msgspec.ValidationError: they do not fit together.
    """
    whole = {name: getattr(before, name) for name in RuleDraft.__struct_fields__}
    if "channels" in parts:
        parts = parts | {"channels": [int(channel) for channel in parts["channels"]]}
    return msgspec.convert(msgspec.to_builtins(whole) | parts, RuleDraft)
