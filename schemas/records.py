"""The values of the topics between the agents. Each is JSON; ``topics/*.yaml`` says which topic carries which."""

import msgspec

from schemas.event import Event


class Component(msgspec.Struct, frozen=True, omit_defaults=True):
    """One part of an event that grouping looked at: what it was, whether it contributed, and why or why not."""

    name: str
    contributes: bool
    hint: str
    value: str | None = None


class Grouping(msgspec.Struct, frozen=True):
    """Why an event belongs to its issue.

    ``fingerprint`` are the values that were hashed into the issue's id (by default one: the digest, 32 hex digits, of the
    parts that contribute), ``strategy`` the rule that chose them, and ``components`` everything that was considered, in
    order: what the project's rules did, at most 10, then what the version looked at, at most 60, and whether it was kept.
    """

    version: str
    strategy: str
    fingerprint: tuple[str, ...]
    components: tuple[Component, ...]
    title: str
    culprit: str


class FingerprintedEvent(msgspec.Struct, frozen=True):
    """Value of ``events-fingerprinted``.

    ``received`` is in Unix seconds; ``payload`` is the client's event as strict JSON in UTF-8: the client's own bytes (line
    breaks between tokens among them) where they are that, else what was understood of them.
    """

    project: int
    issue_id: str
    received: float
    event: Event
    grouping: Grouping
    payload: msgspec.Raw


class IssueChange(msgspec.Struct, frozen=True):
    """Value of ``issues-tracked``: one change in the life of an issue.

    ``id`` is made of the issue, the change and what caused it, so a consumer can drop repeats. ``change`` is created,
    regressed, escalating or unmuted, which an event causes, or resolved, muted or unresolved, which somebody decided
    (``event_id`` is then empty, and ``at`` when it was). ``status`` is what holds after it: unresolved, resolved or muted.

    Of one issue the change with the highest (``triage_version``, ``sequence``) is the latest: the version of the decision
    that it follows, and its number since. ``decided`` is when that was (0: never), and ``muted_until`` the moment at which
    a mute ends by itself, if it does.
    """

    id: str
    project: int
    issue_id: str
    change: str
    at: float
    event_id: str
    title: str
    culprit: str
    level: str
    platform: str
    release: str | None = None
    environment: str | None = None
    status: str = "unresolved"
    triage_version: int = 0
    sequence: int = 0
    decided: float = 0.0
    muted_until: float | None = None


#: Seconds of the coarser buckets. Every time zone in use lies a whole number of quarters of an hour from UTC, so that hours
#: and days of any of them can be put together from such buckets.
ROLLUP_WIDTH = 900


class ErrorCount(msgspec.Struct, frozen=True):
    """Value of ``errors-counted``: the running total of one bucket of one scope from one input partition.

    ``bucket`` is the Unix second at which the bucket begins and ``width`` its seconds: ``count_bucket``, or ``ROLLUP_WIDTH``
    for the coarser totals of the same events, which come by issue and once more for all issues (``issue_id`` is empty).
    ``opened`` is the position at which this total began: a bucket whose state had expired gets a further total, which adds to
    the earlier ones. Of the same (scope, bucket, width, partition, opened) only the largest total counts, so publishing one
    twice changes nothing. ``users`` are hashes (``schemas/users.py``) of the users of the events since the total
    before: the users of a bucket are the union over all its totals, whichever were published twice.
    """

    project: int
    issue_id: str
    environment: str
    release: str
    level: str
    bucket: int
    width: int
    partition: int
    opened: str
    total: int
    users: tuple[int, ...] = ()


class Outcome(msgspec.Struct, frozen=True):
    """What became of one event (or of a refused item, which has no origin).

    ``outcome`` is accepted, duplicate, filtered, rate_limited, invalid, client_discard or unsupported; or redriven, for a
    record whose event has its outcome under another one. ``id`` identifies
    what it is about (the event's origin; for a refused item the edge's own running number), so a repeat changes nothing.
    """

    id: str
    project: int
    key_id: int
    outcome: str
    reason: str
    category: str
    quantity: int
    at: float


class Outcomes(msgspec.Struct, frozen=True):
    """Value of ``outcomes-recorded``: the outcomes of one batch."""

    outcomes: tuple[Outcome, ...]
