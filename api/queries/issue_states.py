"""The state of each issue: the latest change that the stream made of it, and what was decided since.

States are ``resolved`` and ``muted``, and for unresolved issues ``new``, ``ongoing``, ``regressed`` and ``escalating``. What
time alone changes is worked out here: a mute that has ended, and what is new, regressed or escalating no more.
"""

from collections.abc import Sequence

from api.scope import ProjectScope
from stores.events.where import Where
from stores.ports import AnalyticalStore

UNRESOLVED = ("new", "ongoing", "regressed", "escalating")
STATES = (*UNRESOLVED, "resolved", "muted")
#: What a list may be filtered by, with the states that are meant.
STATUSES: dict[str, tuple[str, ...]] = {
    "all": STATES,
    "unresolved": UNRESOLVED,
    **{state: (state,) for state in STATES},
}

#: How long an issue is new, regressed or escalating before it is ongoing, in days.
_DAYS = 7


async def find_states(
    store: AnalyticalStore, scope: ProjectScope, issue_ids: Sequence[str], now: float
) -> dict[str, str]:
    """The states of some issues, given with all that are merged with them; those without changes are left out, as they
    are new."""
    where = Where()
    rows = await store.query(states_sql(where, scope, now, issue_ids), where.parameters)
    return {row["id"]: row["state"] for row in rows}


def states_sql(where: Where, scope: ProjectScope, now: float, issue_ids: Sequence[str] | None = None) -> str:
    """A query of ``id`` and ``state`` of a project's issues that have changes, or of some of them, merged ones as one.

    Of an issue the change with the highest (triage_version, sequence) is the latest. Merged issues share the time of their
    decision (``decided``); of those that follow the latest decision, one whose events have changed something since wins.
    """
    only = f"AND issue_id IN {where.parameter('Array(String)', list(issue_ids))}" if issue_ids else ""
    now_sql = where.moment(now)
    changes = f"""
        SELECT issue_id, status, change, at, sequence, decided, muted_until, triage_version FROM issues
        WHERE project = {where.parameter("UInt32", scope.project)} {only}
        {_decisions(where, scope)}
    """
    return f"""
        SELECT {scope.root(where)} AS id, argMax(state, (follows, is_changed, seen)) AS state
        FROM
        (
            SELECT issue_id, latest.1 AS status_then, latest.2 AS last_change, latest.3 AS seen, latest.4 > 0 AS is_changed,
                latest.5 AS follows, latest.6 AS until,
                multiIf(
                    status_then = 'muted' AND toUnixTimestamp64Micro(until) > 0 AND until <= {now_sql}, 'ongoing',
                    status_then != 'unresolved', status_then,
                    seen <= {now_sql} - toIntervalDay({_DAYS}), 'ongoing',
                    last_change = 'created', 'new',
                    last_change IN ('regressed', 'escalating'), last_change,
                    'ongoing'
                ) AS state
            FROM
            (
                SELECT issue_id,
                    argMax((status, change, at, sequence, decided, muted_until), (triage_version, sequence)) AS latest
                FROM ({changes})
                GROUP BY issue_id
            )
        )
        GROUP BY id
    """


def _decisions(where: Where, scope: ProjectScope) -> str:
    """The decisions that ClickHouse may not have, as rows like its own."""
    decisions = [decision for decision in scope.decisions if decision.version]
    if not decisions:
        return ""
    untils = [d.mute.until if d.mute and d.mute.until else 0.0 for d in decisions]
    columns = (
        where.parameter("Array(String)", [d.issue_id for d in decisions]),
        where.parameter("Array(String)", [d.status for d in decisions]),
        where.parameter("Array(Int64)", [round(d.decided * 1_000_000) for d in decisions]),
        where.parameter("Array(Int64)", [round(until * 1_000_000) for until in untils]),
        where.parameter("Array(UInt64)", [d.version for d in decisions]),
    )
    return f"""
        UNION ALL
        SELECT d.1 AS issue_id, d.2 AS status, d.2 AS change, fromUnixTimestamp64Micro(d.3, 'UTC') AS at,
            0 AS sequence, fromUnixTimestamp64Micro(d.3, 'UTC') AS decided,
            fromUnixTimestamp64Micro(d.4, 'UTC') AS muted_until, d.5 AS triage_version
        FROM (SELECT arrayJoin(arrayZip({", ".join(columns)})) AS d)
    """
