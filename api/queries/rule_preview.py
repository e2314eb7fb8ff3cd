"""What a draft of a rule would have fired, from what is stored."""

import asyncio
from typing import Any, NamedTuple

from agents.evaluate.conditions import span_of
from agents.evaluate.replay import CountedBucket, History, Limits, replay
from agents.rules.compiled import CompiledRule
from api.queries.session_preview import TooManySlices, session_windows, step_of
from schemas.alerts import Alert
from schemas.rules import CrashFree, MatchedChange, RuleDraft, Users
from settings import Settings
from stores.events.where import Where
from stores.ports import AnalyticalStore
from stores.search.clickhouse import add_terms
from stores.search.syntax import Term

#: Most buckets or changes that are looked at.
MAX_ROWS = 200_000
#: Most users of one bucket that are told apart.
_MAX_USERS = 20_000

#: Events that are looked up at once.
_EVENTS_AT_ONCE = 5_000
#: Fields of the search language that changes of issues have themselves.
_CHANGE_FIELDS = frozenset(
    {"level", "environment", "release", "platform", "culprit", "title", "issue", "event"}
)

_SCOPES = {"issue": "issue_id", "release": "release", "environment": "environment", "": "''"}


class TooMuchHistory(ValueError):
    """There are more than ``MAX_ROWS`` rows."""


class Preview(NamedTuple):
    """``alerts``, firing and resolved, in the order of time; ``events`` (changes, sessions) that the rule looked at."""

    alerts: list[Alert]
    events: int


async def preview_rule(
    store: AnalyticalStore,
    settings: Settings,
    compiled: CompiledRule,
    terms: list[Term],
    start: float,
    end: float,
) -> Preview:
    """Play a rule over the time from ``start`` to ``end`` (Unix seconds), in a thread.

    Raises:
        TooMuchHistory: there is more of it than can be played in seconds.
    """
    rule, early = compiled.rule, start
    limits = Limits(settings.alert_lateness, settings.alert_storm, settings.alert_scopes)
    if compiled.change:
        changes = await _changes(store, compiled, terms, start, end)
        history, events = History(changes=changes), len(changes)
    elif isinstance(rule.condition, CrashFree):
        history, events = await _sessions(store, compiled, terms, start, end)
    else:
        early = start - span_of(rule.condition)
        buckets = await _buckets(store, settings, compiled, terms, early, end)
        history, events = History(buckets), sum(bucket.times for bucket in buckets)
    alerts = await asyncio.to_thread(replay, compiled, history, early, end, limits)
    return Preview([alert for alert in alerts if alert.started >= start], events)


async def _buckets(
    store: AnalyticalStore,
    settings: Settings,
    compiled: CompiledRule,
    terms: list[Term],
    start: float,
    end: float,
) -> list[CountedBucket]:
    where = _where(compiled.rule, compiled.rule.project, terms)
    where.within(start, end, settings.max_clock_skew)
    width = where.parameter("UInt32", compiled.width)
    users = "[]"
    if isinstance(compiled.rule.condition, Users):
        users = f"groupUniqArrayIf({_MAX_USERS})(bitShiftRight(cityHash64(user_key), 11), user_key != '')"
    rows = await store.query(
        f"""
        SELECT intDiv(toUnixTimestamp(timestamp), {width}) * {width} AS begin, {_SCOPES[compiled.rule.per]} AS scope,
            count() AS times, {users} AS users
        FROM events {where.sql}
        GROUP BY begin, scope
        ORDER BY begin, scope
        LIMIT {MAX_ROWS + 1}
        """,
        where.parameters,
    )
    _check(len(rows))
    return [
        CountedBucket(int(row["begin"]), str(row["scope"]), int(row["times"]), tuple(row["users"]))
        for row in rows
    ]


async def _sessions(
    store: AnalyticalStore, compiled: CompiledRule, terms: list[Term], start: float, end: float
) -> tuple[History, int]:
    """The windows of sessions, and how many sessions they hold."""
    rule, condition = compiled.rule, compiled.rule.condition
    assert isinstance(condition, CrashFree)

    def began(first: int, last: int) -> Where:
        where = _where(rule, rule.project, terms)
        for comparison, moment in ((">=", first), ("<", last)):
            where.add(f"bucket {comparison} toDateTime({where.parameter('UInt32', moment)}, 'UTC')")
        return where

    try:
        found = await session_windows(store, compiled, began, _SCOPES[rule.per], start, end)
    except TooManySlices as error:
        raise TooMuchHistory(
            "There are more sessions by release and time than can be played. Shorten the time, or filter more."
        ) from error
    return History(sessions=found.windows, step=step_of(condition, compiled.width)), found.sessions


async def _changes(
    store: AnalyticalStore, compiled: CompiledRule, terms: list[Term], start: float, end: float
) -> list[MatchedChange]:
    """The changes that the rule waits for, by the columns that they have; what else is asked for is looked up in the events
    that caused them."""
    rule = compiled.rule
    of_changes = [term for term in terms if term.field in _CHANGE_FIELDS and not term.is_tag]
    where = _where(rule, rule.project, of_changes)
    where.equals("change", "String", compiled.change)
    where.add(f"at >= {where.moment(start)}")
    where.add(f"at < {where.moment(end)}")
    # Filtered apart: in one query with them, a condition on a column would be on the aggregate of its name.
    rows = await store.query(
        f"""
        SELECT id, toUnixTimestamp64Micro(any(at)) AS time, any(event_id) AS event_id, issue_id, any(title) AS title,
            any(culprit) AS culprit, any(level) AS level, any(platform) AS platform, any(release) AS release,
            any(environment) AS environment
        FROM (SELECT * FROM issues {where.sql})
        GROUP BY issue_id, id
        ORDER BY time, id
        LIMIT {MAX_ROWS + 1}
        """,
        where.parameters,
    )
    _check(len(rows))
    of_events = [term for term in terms if term not in of_changes]
    if of_events:
        caused = await _matching_events(store, rule.project, of_events, rows)
        rows = [row for row in rows if row["event_id"] in caused]
    return [
        MatchedChange(
            **{name: str(row[name]) for name in _CHANGE_TEXTS},
            at=int(row["time"]) / 1e6,
            rules=((rule.id, rule.version, str(row[_SCOPES[rule.per]]) if rule.per else ""),),
        )
        for row in rows
    ]


async def _matching_events(
    store: AnalyticalStore, project: int, terms: list[Term], changes: list[dict[str, Any]]
) -> set[str]:
    """Ids of the events that caused changes, in the order of time, and that match all terms."""
    found: set[str] = set()
    for start in range(0, len(changes), _EVENTS_AT_ONCE):
        part = changes[start : start + _EVENTS_AT_ONCE]
        where = Where()
        where.equals("project", "UInt32", project)
        for comparison, row in ((">=", part[0]), ("<=", part[-1])):
            time = where.parameter("Int64", row["time"])
            where.add(f"timestamp {comparison} fromUnixTimestamp64Micro({time}, 'UTC')")
        where.one_of("event_id", [row["event_id"] for row in part])
        add_terms(where, terms)
        rows = await store.query(f"SELECT DISTINCT event_id FROM events {where.sql}", where.parameters)
        found |= {row["event_id"] for row in rows}
    return found


_CHANGE_TEXTS = (
    "id",
    "event_id",
    "issue_id",
    "title",
    "culprit",
    "level",
    "platform",
    "release",
    "environment",
)


def _where(rule: RuleDraft, project: int, terms: list[Term]) -> Where:
    where = Where()
    where.equals("project", "UInt32", project)
    for column, value in (
        ("environment", rule.environment),
        ("release", rule.release),
        ("issue_id", rule.issue),
    ):
        where.one_of(column, [value] if value else [])
    add_terms(where, terms)
    return where


def _check(rows: int) -> None:
    if rows > MAX_ROWS:
        raise TooMuchHistory(
            f"There are more than {MAX_ROWS} buckets or changes in this time. Shorten it, filter more, or take a wider window."
        )
