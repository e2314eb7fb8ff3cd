"""The events of the last two hours of what an alert is about, for the small chart in a notification."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from agents.notify.notice import Told
from agents.notify.work import Trend
from schemas.alerts import Alert
from stores.events.where import Where
from stores.operational.merged import MergedIssues
from stores.ports import AnalyticalStore

log = structlog.get_logger(__name__)

#: Width of one bar in seconds, and how many there are.
BAR = 300
BARS = 24
#: A notification does not wait for its chart for longer, in seconds.
_PATIENCE = 2.0
#: Scopes of alerts that are columns of events.
_COLUMNS = ("environment", "release")


#: The merges of a project.
Merged = Callable[[int], Awaitable[MergedIssues]]


def trend_from(events: AnalyticalStore, merged: Merged, clock: Callable[[], float] = time.time) -> Trend:
    """Counts events in an analytical store, those of merged issues together; where it is away, slow or not set, there is no
    chart."""

    async def trend(told: Told) -> tuple[int, ...]:
        try:
            async with asyncio.timeout(_PATIENCE):
                alert = told.event.data
                issues = (await merged(alert.project)).expand(issue.id for issue in alert.issues)
                return await _count(events, alert, issues, clock())
        except Exception as error:
            # Whatever is wrong with the chart, the alert is to be sent.
            log.info("no_chart", alert=told.event.data.alert_id, reason=f"{type(error).__name__}: {error}")
            return ()

    return trend


async def _count(events: AnalyticalStore, alert: Alert, issues: list[str], now: float) -> tuple[int, ...]:
    first = (int(now) // BAR - BARS + 1) * BAR
    where = Where()
    where.equals("project", "UInt32", alert.project)
    where.one_of("issue_id", issues)
    for column in _COLUMNS:
        where.one_of(column, [alert.scope[column]] if column in alert.scope else [])
    where.add(f"timestamp >= {where.moment(first)}")
    where.add(f"received >= {where.moment(first - BAR)}")
    bar = f"intDiv(toUnixTimestamp(timestamp), {BAR})"
    rows = await events.query(
        f"SELECT {bar} AS bar, count() AS count FROM events {where.sql} GROUP BY bar", where.parameters
    )
    bars = [0] * BARS
    for row in rows:
        # An event may lie a little in the future: it belongs to the current bar.
        bars[min(row["bar"] - first // BAR, BARS - 1)] += row["count"]
    return tuple(bars)
