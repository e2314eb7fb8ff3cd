"""Alerts, from ``alerts``: of each the latest state."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from schemas.alerts import Alert
from stores.events.where import Where
from stores.ports import AnalyticalStore


class AlertSearch(NamedTuple):
    """Alerts of some projects that began between ``start`` and, without it, ``end`` (Unix seconds; None for no end); ``state``
    and ``rule`` where they are not None. ``after`` is the last one of the page before: when it began, in Unix
    microseconds, and its id."""

    projects: Sequence[int]
    start: float = 0.0
    end: float | None = None
    state: str | None = None
    rule: int | None = None
    alert_id: str | None = None
    after: tuple[int, str] | None = None
    limit: int = 1


class FoundAlert(NamedTuple):
    """An alert, and when it began exactly."""

    alert: Alert
    started: datetime


async def find_alerts(store: AnalyticalStore, search: AlertSearch) -> list[FoundAlert]:
    """Alerts, the latest first."""
    where = Where()
    where.add(f"project IN {where.parameter('Array(UInt32)', list(search.projects))}")
    where.add(f"started >= {where.moment(search.start)}")
    if search.end is not None:
        where.add(f"started < {where.moment(search.end)}")
    if search.rule is not None:
        where.equals("rule", "UInt32", search.rule)
    if search.alert_id is not None:
        where.equals("alert_id", "String", search.alert_id)
    if search.after is not None:
        moment = f"fromUnixTimestamp64Micro({where.parameter('Int64', search.after[0])}, 'UTC')"
        where.add(f"(started, alert_id) < ({moment}, {where.parameter('String', search.after[1])})")
    having = {None: "", "firing": "HAVING NOT over", "resolved": "HAVING over"}[search.state]
    rows = await store.query(
        f"""
        SELECT started, alert_id, max(state = 'resolved') AS over, argMax(alert, state = 'resolved') AS latest
        FROM alerts {where.sql}
        GROUP BY project, started, alert_id {having}
        ORDER BY started DESC, alert_id DESC
        LIMIT {where.parameter("UInt32", search.limit)}
        """,
        where.parameters,
    )
    return [FoundAlert(msgspec.json.decode(row["latest"], type=Alert), row["started"]) for row in rows]
