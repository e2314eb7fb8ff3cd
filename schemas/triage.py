"""What people decide about issues: the value of ``issues-triaged``. docs/triage.md says what each decision means.

Durations are in seconds, moments in Unix seconds.
"""

from typing import Annotated, Literal

import msgspec

Status = Literal["unresolved", "resolved", "muted"]

DAY = 86_400.0
#: Bounds of a mute's conditions: what they take of an issue's row is bounded by them.
MAX_EVENTS = 1_000_000
MAX_USERS = 1_000
MIN_WINDOW = 60.0
MAX_WINDOW = 30 * DAY

Release = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Window = Annotated[float, msgspec.Meta(ge=MIN_WINDOW, le=MAX_WINDOW)]


class Resolution(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """From when on an event contradicts that the issue is resolved.

    ``now``: any event after the decision. ``in_release``: one of ``release`` or a later one. ``in_next_release``: one of a
    release after ``release``, which was the latest one when it was decided.
    """

    kind: Literal["now", "in_release", "in_next_release"] = "now"
    release: Release | None = None


class Mute(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Until when an issue is muted: until the first condition holds that is given; without any, for good.

    ``until``: a moment. ``events``: so many events within ``window`` (without one: since the decision). ``users``: so many
    distinct users since the decision. ``rate``: so many events a minute over ``window``, in both of its halves at least half
    of that, so that one burst is not enough. ``escalating``: more events than its own forecast.
    """

    until: float | None = None
    events: Annotated[int, msgspec.Meta(ge=1, le=MAX_EVENTS)] | None = None
    users: Annotated[int, msgspec.Meta(ge=1, le=MAX_USERS)] | None = None
    rate: Annotated[float, msgspec.Meta(gt=0, le=1e6)] | None = None
    window: Window | None = None
    escalating: bool = False


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was last decided about an issue.

    ``version`` rises by one with each decision about the issue. ``decided`` is when: only events after it can contradict it.
    The issues of one that is merged share their decisions, and so ``decided``; it is 0 where nobody ever decided anything.
    ``by`` is who. ``title`` and the like are what the issue was called then.
    """

    project: int
    issue_id: str
    version: int
    status: Status
    decided: float
    by: str = ""
    resolution: Resolution | None = None
    mute: Mute | None = None
    title: str = ""
    culprit: str = ""
    level: str = "error"
    platform: str = "other"


class IssueMerge(msgspec.Struct, frozen=True):
    """Value of ``fingerprints-merged``: an issue was merged into another, which may be merged itself."""

    project: int
    issue_id: str
    into: str
