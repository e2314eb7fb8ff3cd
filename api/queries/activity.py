"""What happened to an issue: what its events did, from ClickHouse, and what people did, from the operational store."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from api.models import ActivityItem
from stores.operational.activity import Activity
from stores.ports import AnalyticalStore, OperationalStore

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Changes that are made by events. Those that people make are activities of their own.
_BY_EVENTS = ["created", "regressed", "escalating", "unmuted"]


async def find_activity(
    store: AnalyticalStore,
    operational: OperationalStore,
    project: int,
    issue_ids: Sequence[str],
    after: tuple[int, str] | None,
    limit: int,
) -> list[tuple[int, ActivityItem]]:
    """The latest first, each with its time in Unix microseconds. ``after``: time and id of the last of the page before."""
    changes, done = await asyncio.gather(
        _changes(store, project, issue_ids, after, limit),
        operational.activities.list(project, issue_ids, after, limit),
    )
    items = [*changes, *((entry.at, item_of(entry)) for entry in done)]
    items.sort(key=lambda item: (item[0], item[1].id), reverse=True)
    return items[:limit]


def item_of(entry: Activity) -> ActivityItem:
    """What somebody did, as it is shown."""
    at = _EPOCH + timedelta(microseconds=entry.at)
    return ActivityItem(entry.id, entry.issue_id, at, entry.kind, entry.by, entry.detail)


async def _changes(
    store: AnalyticalStore,
    project: int,
    issue_ids: Sequence[str],
    after: tuple[int, str] | None,
    limit: int,
) -> list[tuple[int, ActivityItem]]:
    parameters: dict[str, Any] = {
        "project": project,
        "issues": list(issue_ids),
        "changes": _BY_EVENTS,
        "limit": limit,
    }
    before = ""
    if after is not None:
        before = "AND (micros, item) < ({at:Int64}, {item:String})"
        parameters |= {"at": after[0], "item": after[1]}
    # Of one id the same row may still be there several times, until a merge.
    rows = await store.query(
        f"""
        SELECT lower(hex(MD5(id))) AS item, any(issue_id) AS issue, any(change) AS kind, any(event_id) AS event,
            any(release) AS in_release, any(toUnixTimestamp64Micro(at)) AS micros
        FROM issues
        WHERE project = {{project:UInt32}} AND issue_id IN {{issues:Array(String)}} AND change IN {{changes:Array(String)}}
        GROUP BY id
        HAVING 1 {before}
        ORDER BY micros DESC, item DESC
        LIMIT {{limit:UInt32}}
        """,
        parameters,
    )
    found = []
    for row in rows:
        detail = {"event_id": row["event"], "release": row["in_release"]}
        at = _EPOCH + timedelta(microseconds=row["micros"])
        found.append((row["micros"], ActivityItem(row["item"], row["issue"], at, row["kind"], None, detail)))
    return found
