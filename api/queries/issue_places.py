"""The list of issues: which ones, in which order.

A list is made in two steps, so that what it costs beyond sorting does not grow with the number of issues: first the ids of
the page, then everything about these (``api.queries.issues``).
"""

from collections.abc import Sequence
from typing import NamedTuple

from api.parameters import TimeRange
from api.queries.issue_events import VALUES, IssueEvents
from api.queries.issue_states import STATES, find_states, states_sql
from api.scope import ProjectScope
from stores.events.where import Where, widening
from stores.ports import AnalyticalStore
from stores.search.issue_syntax import Between

#: Of all events of an issue.
_FIRST_SEEN = "toUnixTimestamp64Micro(min(seen))"
#: What a list may be sorted by, of the events that are asked for.
_SORT_VALUES = {"last_seen": "last_seen", "count": "times", "users": "users"}
_OF_EVENTS = tuple(_SORT_VALUES.values())
SORTS = (*_SORT_VALUES, "first_seen")


#: How many times as many issues are looked at as are wanted, where their states are learnt afterwards.
_CANDIDATES = 3


class Order(NamedTuple):
    """Descending by one of ``SORTS``, then by id; only what comes after ``after``, a (sorting value, id)."""

    sort: str
    after: tuple[int, str] | None
    limit: int


class Wanted(NamedTuple):
    """Which issues: in one of ``states``, with figures as ``between`` says, ``among`` some where that is not None, and none
    of ``without``."""

    states: Sequence[str]
    between: Sequence[Between] = ()
    among: Sequence[str] | None = None
    without: Sequence[str] = ()


class Place(NamedTuple):
    """An issue of a list, with the value that it is sorted by."""

    issue_id: str
    sort_value: int


async def find_places(
    store: AnalyticalStore, scope: ProjectScope, events: IssueEvents, wanted: Wanted, order: Order, now: float
) -> list[Place]:
    """The issues as they are wanted that have some of ``events``, in their order."""
    start, end = events.range
    if order.sort == "last_seen" and not wanted.between:
        # Those seen last have their last event, which is all that counts, on the last days.
        latest = now if end is None else end
        if order.after is not None:
            latest = min(latest, order.after[0] / 1_000_000)
        *steps, _ = widening(start, latest)
        for since in steps:
            newest = events._replace(range=TimeRange(since, end))
            places = await _newest(store, scope, newest, wanted, order, now)
            if len(places) >= order.limit:
                return places
    return await _places(store, scope, events, wanted, order, now)


async def _newest(
    store: AnalyticalStore, scope: ProjectScope, events: IssueEvents, wanted: Wanted, order: Order, now: float
) -> list[Place]:
    """Some of ``_places``, from the first on: as many as are asked for, if there are so many among those that come first.
    Where most are in the states that are wanted, it costs less to learn the states of these than of all."""
    if "new" not in wanted.states:
        return await _places(store, scope, events, wanted, order, now)
    more = order._replace(limit=_CANDIDATES * order.limit)
    found = await _places(store, scope, events, wanted._replace(states=STATES), more, now)
    members = scope.merged.expand(place.issue_id for place in found)
    states = await find_states(store, scope, members, now) if found else {}
    return [place for place in found if states.get(place.issue_id, "new") in wanted.states][: order.limit]


async def _places(
    store: AnalyticalStore, scope: ProjectScope, events: IssueEvents, wanted: Wanted, order: Order, now: float
) -> list[Place]:
    where = events.query()
    matching = _matching(where, scope, events, wanted, order)
    sorted_by = matching if order.sort in _SORT_VALUES else _by_first_seen(where, scope, matching)
    conditions = _conditions(where, scope, wanted, now)
    if order.after is not None:
        value, id = where.parameter("Int64", order.after[0]), where.parameter("String", order.after[1])
        conditions.append(f"(sort_value, id) < ({value}, {id})")
    rows = await store.query(
        f"""
        SELECT id, sort_value FROM ({sorted_by})
        WHERE {" AND ".join(conditions) or "1"}
        ORDER BY sort_value DESC, id DESC
        LIMIT {where.parameter("UInt32", order.limit)}
        """,
        where.parameters,
    )
    return [Place(row["id"], row["sort_value"]) for row in rows]


def lifetimes_sql(where: Where, scope: ProjectScope, issue_ids: Sequence[str] | None = None) -> str:
    """The SQL of ``id`` and ``seen``: when the issues of a project, or some of them, were first seen, in all events that are
    kept, or by their own record where the first is gone. An issue comes more than once."""
    events = IssueEvents.of_all(scope.project, 0.0)._replace(issue_ids=issue_ids)
    records = where.branch()
    records.equals("project", "UInt32", scope.project)
    records.add("change = 'created'")
    if issue_ids is not None:
        records.add(f"issue_id IN {where.parameter('Array(String)', list(issue_ids))}")
    return f"""
        SELECT {scope.root(where)} AS id, first_seen AS seen FROM ({events.select(where, ["first_seen"])})
        UNION ALL
        SELECT {scope.root(where)} AS id, at AS seen FROM issues {records.sql}
    """


def _matching(where: Where, scope: ProjectScope, events: IssueEvents, wanted: Wanted, order: Order) -> str:
    """The SQL of ``id`` and ``sort_value`` (0 for sorting by what is not of the events) of the issues that have them."""
    of_events = [term for term in wanted.between if term.field in _OF_EVENTS]
    sorted_by = _SORT_VALUES.get(order.sort)
    needed = {term.field for term in of_events} | ({sorted_by} if sorted_by else set())
    parts = events.select(where, sorted(needed))
    sort_value = _whole(sorted_by) if sorted_by else "0"
    sql = f"SELECT {scope.root(where)} AS id, {sort_value} AS sort_value FROM ({parts}) GROUP BY id"
    having = [_between(where, _whole(term.field), term) for term in of_events]
    return f"{sql} HAVING {' AND '.join(having)}" if having else sql


def _whole(name: str) -> str:
    return VALUES[name].whole.format(name)


def _by_first_seen(where: Where, scope: ProjectScope, matching: str) -> str:
    return f"""
        SELECT id, {_FIRST_SEEN} AS sort_value
        FROM ({lifetimes_sql(where, scope)})
        WHERE id GLOBAL IN (SELECT id FROM ({matching}))
        GROUP BY id
    """


def _conditions(where: Where, scope: ProjectScope, wanted: Wanted, now: float) -> list[str]:
    conditions = _state_condition(where, scope, wanted.states, now)
    first_seen = [
        _between(where, _FIRST_SEEN, term) for term in wanted.between if term.field not in _OF_EVENTS
    ]
    if first_seen:
        lifetimes = lifetimes_sql(where, scope)
        found = f"SELECT id FROM ({lifetimes}) GROUP BY id HAVING {' AND '.join(first_seen)}"
        conditions.append(f"id GLOBAL IN ({found})")
    if wanted.among is not None:
        conditions.append(f"id IN {where.parameter('Array(String)', list(wanted.among))}")
    if wanted.without:
        conditions.append(f"id NOT IN {where.parameter('Array(String)', list(wanted.without))}")
    return conditions


def _between(where: Where, value: str, term: Between) -> str:
    low, high = where.parameter("Int64", term.low), where.parameter("Int64", term.high)
    return f"{'NOT ' if term.negated else ''}({value} >= {low} AND {value} < {high})"


def _state_condition(where: Where, scope: ProjectScope, states: Sequence[str], now: float) -> list[str]:
    """An issue of which the stream has said nothing yet is new, so the states that are not wanted are looked for then."""
    if set(states) >= set(STATES):
        return []
    missing_is_wanted = "new" in states
    listed = [state for state in STATES if (state in states) != missing_is_wanted]
    found = states_sql(where, scope, now)
    condition = f"SELECT id FROM ({found}) WHERE state IN {where.parameter('Array(String)', listed)}"
    return [f"id GLOBAL {'NOT IN' if missing_is_wanted else 'IN'} ({condition})"]
