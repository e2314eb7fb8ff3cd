"""How a project wants its events grouped. The default is the current version without rules."""

from typing import Annotated, Literal

import msgspec

#: What a condition may ask of the event as a whole, beside ``tags.NAME``.
EventField = Literal[
    "type",
    "value",
    "message",
    "release",
    "environment",
    "level",
    "logger",
    "transaction",
    "platform",
]
#: What a condition may ask of a frame.
FrameField = Literal["module", "path", "function", "package"]
FrameAction = Literal["in_app", "system", "ignored"]

MAX_RULES = 100
MAX_CONDITIONS = 10
MAX_GLOBS = 50
MAX_PARTS = 10
#: Characters of a glob, a pattern, a part of a fingerprint, a title.
LONGEST_TEXT = 500
LONGEST_NAME = 100
#: Versions that a project may have used.
MAX_PREVIOUS = 10
#: Characters of the set of live issues: 100,000 of them.
LONGEST_LIVE = 200_000

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TEXT)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One condition of a rule: ``field`` matches one of ``globs``, or ``pattern``; with ``negate``, it does not.

    ``field`` is one of ``EventField``, ``tags.NAME``, or one of ``FrameField``. ``type`` and ``value`` are of any exception of
    the chain, ``path`` is the absolute path or the file name. In globs, which are tried on the whole text, ``*`` is any text
    and ``?`` any one character, and letter case is ignored. ``pattern`` is a regular expression in RE2's syntax, found
    anywhere in the text. Of a text the first 1,000 characters are looked at; what an event does not have is the empty text.
    """

    field: _Name
    globs: Annotated[tuple[_Text, ...], msgspec.Meta(max_length=MAX_GLOBS)] = ()
    pattern: _Text | None = None
    negate: bool = False


class GroupingRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is done with the events, and the frames, that meet all conditions. It has at least one action.

    Conditions on frames are about one and the same frame: the rule applies to an event that meets the others where at least
    one frame meets all of these. ``frames`` is done to each frame that does: ``in_app`` or ``system`` instead of what the
    SDK said, or ``ignored`` by grouping. ``fingerprint`` and ``title`` are texts with variables: ``{{ type }}``,
    ``{{ value }}``, ``{{ message }}``, ``{{ release }}``, ``{{ environment }}``, ``{{ level }}``, ``{{ logger }}``,
    ``{{ transaction }}``, ``{{ platform }}``, ``{{ tags.NAME }}``, and of the innermost in-app frame ``{{ module }}``,
    ``{{ path }}``, ``{{ function }}`` and ``{{ package }}``. ``{{ default }}``, a part of a fingerprint by itself, stands for
    the usual grouping.
    """

    name: _Name
    conditions: Annotated[tuple[Condition, ...], msgspec.Meta(min_length=1, max_length=MAX_CONDITIONS)]
    fingerprint: Annotated[tuple[_Text, ...], msgspec.Meta(max_length=MAX_PARTS)] = ()
    frames: FrameAction | None = None
    title: _Text | None = None


class GroupingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The grouping of one project.

    Of ``rules`` the first that says something decides: on the fingerprint, on the title, and on each frame. ``previous``
    are the versions that the project has used, the first one first, since it moved from one to another; ``live`` is the set of
    the issues that were live when it did so last, as ``agents.fingerprint.live.write_live`` writes it.
    """

    version: _Name = "v1"
    rules: Annotated[tuple[GroupingRule, ...], msgspec.Meta(max_length=MAX_RULES)] = ()
    previous: Annotated[tuple[_Name, ...], msgspec.Meta(max_length=MAX_PREVIOUS)] = ()
    live: Annotated[str, msgspec.Meta(max_length=LONGEST_LIVE)] = ""
