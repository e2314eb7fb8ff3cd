"""The list of issues: which ones, in which order.

A list is made in two steps, so that what it costs beyond sorting does not grow with the number of issues: first the ids of
the page, then everything about these (``api.queries.issues``).
"""

from collections.abc import Sequence
from typing import NamedTuple

from api.queries.issue_states import STATES, states_sql
from api.scope import ProjectScope
from stores.events.where import Where
from stores.ports import AnalyticalStore
from stores.search.issue_syntax import Between

#: Of the events of an issue that are asked for.
_VALUES = {
    "last_seen": "toUnixTimestamp64Micro(max(timestamp))",
    "times": "toInt64(count())",
    "users": "toInt64(uniq(nullIf(user_key, '')))",
}
#: Of all its events.
_FIRST_SEEN = "toUnixTimestamp64Micro(min(seen))"
_SORT_VALUES = {"last_seen": _VALUES["last_seen"], "count": _VALUES["times"], "users": _VALUES["users"]}
SORTS = (*_SORT_VALUES, "first_seen")


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
    store: AnalyticalStore, scope: ProjectScope, events: Where, wanted: Wanted, order: Order, now: float
) -> list[Place]:
    """The issues as they are wanted that have events which match ``events``, in their order."""
    where = events.copy()
    where.equals("project", "UInt32", scope.project)
    by_events = order.sort in _SORT_VALUES
    matching = _matching(where, scope, wanted, _SORT_VALUES[order.sort] if by_events else "0")
    sorted_by = matching if by_events else _by_first_seen(where, scope, matching)
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


def lifetimes_sql(where: Where, scope: ProjectScope, root: str, only: str = "") -> str:
    """When issues were first seen: in all events that are kept, or by their own record where the first is gone."""
    project = f"project = {where.parameter('UInt32', scope.project)} {only}"
    return f"""
        SELECT {root} AS id, min(timestamp) AS seen FROM events WHERE {project} GROUP BY id
        UNION ALL
        SELECT {root} AS id, min(at) AS seen FROM issues WHERE {project} AND change = 'created' GROUP BY id
    """


def _matching(where: Where, scope: ProjectScope, wanted: Wanted, sort_value: str) -> str:
    root = scope.root(where)
    having = [_between(where, _VALUES[term.field], term) for term in wanted.between if term.field in _VALUES]
    sql = f"SELECT {root} AS id, {sort_value} AS sort_value FROM events {where.sql} GROUP BY id"
    return f"{sql} HAVING {' AND '.join(having)}" if having else sql


def _by_first_seen(where: Where, scope: ProjectScope, matching: str) -> str:
    return f"""
        SELECT id, {_FIRST_SEEN} AS sort_value
        FROM ({lifetimes_sql(where, scope, scope.root(where))})
        WHERE id GLOBAL IN (SELECT id FROM ({matching}))
        GROUP BY id
    """


def _conditions(where: Where, scope: ProjectScope, wanted: Wanted, now: float) -> list[str]:
    conditions = _state_condition(where, scope, wanted.states, now)
    first_seen = [_between(where, _FIRST_SEEN, term) for term in wanted.between if term.field not in _VALUES]
    if first_seen:
        lifetimes = lifetimes_sql(where, scope, scope.root(where))
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
