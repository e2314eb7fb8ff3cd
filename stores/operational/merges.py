"""Merges of issues. Events keep the issue that they were given; who reads them maps it by what is kept here, and rules by
what is published of it.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.triage import Decision, IssueMerge
from stores.errors import StoreRejected
from stores.operational.activity import Activities, Entry
from stores.operational.engine import transaction
from stores.operational.merged import MergedIssues
from stores.operational.outbox import Outbox, Publication
from stores.operational.tables import merges, projects
from stores.operational.triage import Adopted, Triage

TOPIC = "fingerprints-merged"


class Merges:
    """The merges of each project."""

    def __init__(self, engine: AsyncEngine, outbox: Outbox, triage: Triage, activities: Activities) -> None:
        self._engine = engine
        self._outbox = outbox
        self._triage = triage
        self._activities = activities

    async def of(self, project: int) -> MergedIssues:
        """A project's merges."""
        async with transaction(self._engine) as connection:
            return await _read(connection, project)

    async def merge(self, project: int, into: str, issues: Sequence[str], by: str) -> MergedIssues:
        """Merge issues into another, or into what that is merged into, whose last decision is theirs from now on. All are
        of the project. Returns the project's merges.

        Raises:
            StoreRejected: the project has too many merges, or there is no such project.
        """
        async with transaction(self._engine, writes=True) as connection:
            before = await _locked(connection, project)
            new = before.merged(issues, into)
            if not new:
                return before
            target = before.root(into)
            decision = await self._triage.last(connection, project, target)
            adopted = await self._triage.adopt(connection, project, decision, before.expand(new))
            rows = [_row(project, issue, parent, adopted.get(issue)) for issue, parent in new.items()]
            await connection.execute(sa.insert(merges), rows)
            for issue, parent in new.items():
                await self._publish(connection, issue, IssueMerge(project, issue, parent))
            entries = [Entry(target, "merged", {"issue": issue}) for issue in new]
            entries += [Entry(issue, "merged_into", {"issue": target}) for issue in new]
            await self._activities.add(connection, project, entries, by)
            return MergedIssues({**before.parents, **new})

    async def unmerge(self, project: int, issues: Sequence[str], by: str) -> list[str]:
        """Take the merges of issues back; returns those that were merged.

        What was merged into them stays so. Each has the decision that it had before it was merged, unless something was
        decided since: then it keeps that.
        """
        async with transaction(self._engine, writes=True) as connection:
            before = await _locked(connection, project)
            merged = [issue for issue in dict.fromkeys(issues) if issue in before.parents]
            for issue in merged:
                await self._take_back(connection, project, issue)
            entries = [
                Entry(one, "unmerged", {"issue": other})
                for issue in merged
                for one, other in ((before.root(issue), issue), (issue, before.root(issue)))
            ]
            await self._activities.add(connection, project, entries, by)
            return merged

    async def _take_back(self, connection: AsyncConnection, project: int, issue: str) -> None:
        condition = (merges.c.project_id == project) & (merges.c.issue_id == issue)
        row = (await connection.execute(sa.select(merges).where(condition))).one()
        await connection.execute(sa.delete(merges).where(condition))
        await self._publish(connection, issue, None)
        last = await self._triage.last(connection, project, issue)
        if row.adopted == last.version:
            decision = msgspec.json.decode(row.decision_before, type=Decision)
            members = (await _read(connection, project)).members(issue)
            await self._triage.adopt(connection, project, decision, members)

    async def _publish(self, connection: AsyncConnection, issue: str, merge: IssueMerge | None) -> None:
        value = None if merge is None else msgspec.json.encode(merge).decode()
        await self._outbox.publish(connection, Publication(TOPIC, issue, value))


def _row(project: int, issue: str, parent: str, adopted: Adopted | None) -> dict[str, Any]:
    return {
        "project_id": project,
        "issue_id": issue,
        "parent_id": parent,
        "adopted": adopted.version if adopted else None,
        "decision_before": msgspec.json.encode(adopted.before).decode() if adopted else None,
    }


async def _locked(connection: AsyncConnection, project: int) -> MergedIssues:
    """The merges of a project that nobody else changes before the transaction ends."""
    locked = sa.select(projects.c.id).where(projects.c.id == project).with_for_update()
    if await connection.scalar(locked) is None:
        raise StoreRejected(f"There is no project {project}.")
    return await _read(connection, project)


async def _read(connection: AsyncConnection, project: int) -> MergedIssues:
    query = sa.select(merges.c.issue_id, merges.c.parent_id).where(merges.c.project_id == project)
    return MergedIssues({row.issue_id: row.parent_id for row in await connection.execute(query)})
