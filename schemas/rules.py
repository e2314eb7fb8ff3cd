"""Alert rules: what people configure, and what of it reaches the agents (the value of ``rules-configured``).

Times are in seconds, windows of event time, in UTC. ``docs/alerts.md`` says what each condition means.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from schemas.alerts import Severity

DAY = 86_400

#: Seconds: from the finest bucket up to a week.
Window = Annotated[int, Meta(ge=10, le=7 * DAY, multiple_of=10)]
#: A number that counts are compared with. 0 is reached by the first event.
Threshold = Annotated[float, Meta(ge=0, le=1e12)]
#: A pause of at most a month.
Pause = Annotated[int, Meta(ge=0, le=30 * DAY)]
Text = Annotated[str, Meta(max_length=200)]
Per = Literal["", "issue", "release", "environment"]

#: Most rules of one project, and most channels of one rule.
MAX_RULES = 1000
MAX_CHANNELS = 20


class _Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """What a rule waits for; ``kind`` says which."""


class NewIssue(_Condition, frozen=True, tag="new_issue"):
    """An issue is seen for the first time."""


class Regression(_Condition, frozen=True, tag="regression"):
    """A resolved issue is seen again."""


class Escalation(_Condition, frozen=True, tag="escalation"):
    """An issue has far more events than it used to have."""


class Unmuted(_Condition, frozen=True, tag="unmuted"):
    """An issue that was muted is so no longer, since its condition was met."""


class Count(_Condition, frozen=True, tag="count"):
    """More than ``above`` events in ``window`` seconds, in at least ``windows`` of the last ``of`` windows, the latest among
    them. It is over when there are no more than that, or, where ``resolve_below`` is given, fewer than that."""

    window: Window
    above: Threshold
    windows: Annotated[int, Meta(ge=1, le=10)] = 1
    of: Annotated[int, Meta(ge=1, le=10)] = 1
    resolve_below: Threshold | None = None


class Rate(_Condition, frozen=True, tag="rate"):
    """As ``Count``, but in events a minute, on average over the window."""

    window: Window
    above: Threshold
    windows: Annotated[int, Meta(ge=1, le=10)] = 1
    of: Annotated[int, Meta(ge=1, le=10)] = 1
    resolve_below: Threshold | None = None


class Change(_Condition, frozen=True, tag="change"):
    """At least ``percent`` more events (fewer, where it is negative) than in the window before, or in the same window a week
    ago. ``minimum`` is how many the greater of both must have, so that a change from one to two alarms nobody."""

    window: Window
    percent: Annotated[float, Meta(ge=-100, le=1_000_000)]
    against: Literal["previous", "week"] = "previous"
    minimum: Annotated[int, Meta(ge=1, le=10**12)] = 10


class Users(_Condition, frozen=True, tag="users"):
    """Events of more than ``above`` different users in ``window`` seconds; beyond 512 users with a standard error of 1.6 %."""

    window: Window
    above: Threshold
    resolve_below: Threshold | None = None


class Silence(_Condition, frozen=True, tag="silence"):
    """No event for ``window`` seconds."""

    window: Window


class CrashFree(_Condition, frozen=True, tag="crash_free"):
    """Of the sessions (or users of sessions) that began in the last ``window`` seconds, less than ``below`` per cent have not
    crashed; ``minimum`` is how many there must be. Sessions are counted by quarters of an hour."""

    window: Annotated[int, Meta(ge=900, le=7 * DAY, multiple_of=900)]
    below: Annotated[float, Meta(gt=0, le=100)]
    measure: Literal["sessions", "users"] = "sessions"
    minimum: Annotated[int, Meta(ge=1, le=10**12)] = 50


Condition = NewIssue | Regression | Escalation | Unmuted | Count | Rate | Change | Users | Silence | CrashFree


class RuleParts(msgspec.Struct, frozen=True):
    """What people write of a rule, but for where its alerts go.

    ``query`` is a search (``docs/api.md``); ``environment``, ``release`` and ``issue`` must be equal where they are not empty.
    ``per``: what is looked at apart. ``cooldown``: seconds after an alert before the next one of the same scope. ``digest``:
    for conditions about issues, seconds in which what follows an alert is gathered into one.
    """

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    condition: Condition
    enabled: bool = True
    severity: Severity = "warning"
    query: Annotated[str, Meta(max_length=2000)] = ""
    environment: Text = ""
    release: Annotated[str, Meta(max_length=250)] = ""
    issue: Annotated[str, Meta(pattern="^([0-9a-f]{32})?$")] = ""
    per: Per = ""
    cooldown: Pause = 0
    digest: Annotated[int, Meta(ge=0, le=DAY)] = 0


class RuleDraft(RuleParts, frozen=True, forbid_unknown_fields=True):
    """What people write of a rule; ``channels`` are ids of channels."""

    channels: Annotated[tuple[int, ...], Meta(max_length=MAX_CHANNELS)] = ()


class Rule(RuleDraft, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule. ``version`` rises by one with each change; what a version has counted is not mixed with another's."""

    id: int
    project: int
    version: int


class Quiet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A time without alerts, from ``start`` to ``end`` (Unix seconds): a maintenance window of a project, or of one of its
    environments; or, where ``rule`` is given, a snooze of that rule's alerts of one ``scope``."""

    id: int
    project: int
    start: float
    end: float
    name: str = ""
    environment: str = ""
    rule: int = 0
    scope: dict[str, str] = {}


class RuleConfiguration(msgspec.Struct, frozen=True, omit_defaults=True):
    """Value of ``rules-configured``: a rule (key ``rule:ID``) or a quiet time (key ``quiet:ID``)."""

    rule: Rule | None = None
    quiet: Quiet | None = None


class CountedEvent(msgspec.Struct, frozen=True, array_like=True):
    """An event that rules count. ``source`` is its place on events-received: partition, generation, offset. ``rules`` are
    (id, version, scope value). ``user`` is the hash by which users are told from each other."""

    source: tuple[int, int, int]
    event_id: str
    timestamp: float
    issue_id: str
    title: str
    culprit: str
    level: str
    platform: str
    release: str
    environment: str
    user: int | None
    rules: tuple[tuple[int, int, str], ...]


class MatchedChange(msgspec.Struct, frozen=True, array_like=True):
    """A change of an issue that rules wait for. ``rules`` as in ``CountedEvent``."""

    id: str
    at: float
    event_id: str
    issue_id: str
    title: str
    culprit: str
    level: str
    platform: str
    release: str
    environment: str
    rules: tuple[tuple[int, int, str], ...]


class MatchedSessions(msgspec.Struct, frozen=True, array_like=True):
    """Totals of sessions that rules look at: of ``schemas.sessions.SessionCount``. ``rules`` as in ``CountedEvent``."""

    release: str
    environment: str
    bucket: int
    partition: int
    opened: str
    sessions: int
    crashed: int
    users: tuple[int, ...]
    crashed_users: tuple[int, ...]
    rules: tuple[tuple[int, int, str], ...]


class RuleMatches(msgspec.Struct, frozen=True, omit_defaults=True):
    """Value of ``rules-matched``: what of one batch from one ``partition`` concerns the rules of one project.

    ``at`` is when it was matched, in Unix seconds. A record without a project is a tick: all that was received before ``at``
    stands before it.
    """

    at: float
    project: int = 0
    partition: int = 0
    events: tuple[CountedEvent, ...] = ()
    changes: tuple[MatchedChange, ...] = ()
    sessions: tuple[MatchedSessions, ...] = ()
