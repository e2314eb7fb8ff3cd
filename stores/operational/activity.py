"""What people did with issues: decisions, merges, comments."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from stores.operational.engine import transaction
from stores.operational.tables import activity


class Entry(NamedTuple):
    """Something that somebody did with an issue: ``kind`` is a status, assigned, comment, merged, merged_into or unmerged."""

    issue_id: str
    kind: str
    detail: dict[str, Any]


class Activity(NamedTuple):
    """An entry as it is kept. ``at`` is in Unix microseconds; ``id`` has 32 hexadecimal digits."""

    id: str
    issue_id: str
    at: int
    kind: str
    by: str
    detail: dict[str, Any]


class Activities:
    """What people did, by issue. ``clock`` gives Unix seconds."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock

    async def add(
        self, connection: AsyncConnection, project: int, entries: Sequence[Entry], by: str
    ) -> list[Activity]:
        """Add entries in the transaction of ``connection``."""
        at = round(self._clock() * 1_000_000)
        added = []
        for entry in entries:
            values = {
                "project_id": project,
                "issue_id": entry.issue_id,
                "at": at,
                "kind": entry.kind,
                "by": by,
                "detail": msgspec.json.encode(entry.detail).decode(),
            }
            result = await connection.execute(sa.insert(activity).values(values).returning(activity.c.id))
            added.append(Activity(_id(result.scalar_one()), entry.issue_id, at, entry.kind, by, entry.detail))
        return added

    async def comment(self, project: int, issue: str, text: str, by: str) -> Activity:
        """Add a comment."""
        async with transaction(self._engine, writes=True) as connection:
            [added] = await self.add(connection, project, [Entry(issue, "comment", {"text": text})], by)
            return added

    async def list(
        self, project: int, issues: Sequence[str], after: tuple[int, str] | None, limit: int
    ) -> list[Activity]:
        """Entries of some issues, the latest first; ``after`` is the time and id of the last one of the page before."""
        query = sa.select(activity).where(activity.c.project_id == project, activity.c.issue_id.in_(issues))
        if after is not None:
            at, id = after
            number = min(int(id, 16), 2**31 - 1)
            query = query.where((activity.c.at < at) | ((activity.c.at == at) & (activity.c.id < number)))
        query = query.order_by(activity.c.at.desc(), activity.c.id.desc()).limit(limit)
        async with transaction(self._engine) as connection:
            return [
                Activity(_id(row.id), row.issue_id, row.at, row.kind, row.by, msgspec.json.decode(row.detail))
                for row in await connection.execute(query)
            ]


def _id(number: int) -> str:
    return f"{number:032x}"
