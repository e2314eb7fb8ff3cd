"""Projects that are removed for good. The row stays, without a name, so that the id is never given again and late events of
the project are still known for what they are."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.privacy import Erasure
from stores.errors import StoreRejected
from stores.operational.engine import transaction
from stores.operational.erasures import add_erasure
from stores.operational.outbox import Outbox, Publication
from stores.operational.tables import (
    acknowledgements,
    activity,
    channels,
    configurations,
    deliveries,
    delivery_attempts,
    merges,
    project_keys,
    projects,
    quiets,
    releases,
    repositories,
    rules,
    team_projects,
    triage,
)

#: Tables with rows of a project that nothing else refers to.
_OF_A_PROJECT = (
    project_keys,
    configurations,
    releases,
    repositories,
    triage,
    merges,
    activity,
    team_projects,
    quiets,
    rules,
    acknowledgements,
)


class Removals:
    """What remains of projects that were removed. ``clock`` gives Unix seconds."""

    def __init__(self, engine: AsyncEngine, outbox: Outbox, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._outbox = outbox
        self._clock = clock

    async def remove(self, project: int, actor: str) -> Erasure:
        """Take a project away from everybody: its keys are revoked, its name is free again, it is listed no more, and all that
        it has is to be erased.

        Raises:
            StoreRejected: there is no such project.
        """
        now = self._clock()
        async with transaction(self._engine, writes=True) as connection:
            known = sa.select(projects.c.organisation_id).where(
                projects.c.id == project, projects.c.removed.is_(None)
            )
            organisation = await connection.scalar(known.with_for_update())
            if organisation is None:
                raise StoreRejected(f"There is no project {project}.")
            nameless = {"removed": now, "slug": f"removed.{project}", "name": f"removed.{project}"}
            await connection.execute(sa.update(projects).where(projects.c.id == project).values(nameless))
            keys = project_keys.c.project_id == project
            await connection.execute(
                sa.update(project_keys)
                .where(keys)
                .values(revoked=sa.func.coalesce(project_keys.c.revoked, now))
            )
            # Nothing is sent any more, whatever is still counted meanwhile.
            muted = sa.update(channels).where(channels.c.project_id == project)
            await connection.execute(muted.values(removed=now, secrets="", target="{}", hints="{}"))
            await self._take_back(connection, project)
            return await add_erasure(connection, project, organisation, "", None, actor, now)

    async def removed(self) -> list[int]:
        """Ids of the projects that were removed."""
        query = sa.select(projects.c.id).where(projects.c.removed.is_not(None)).order_by(projects.c.id)
        async with transaction(self._engine) as connection:
            return list((await connection.scalars(query)).all())

    async def forget(self, project: int) -> None:
        """Delete all that this store has of a project that was removed, but that it was there. Doing it again changes
        nothing."""
        own = sa.select(deliveries.c.id).where(deliveries.c.project_id == project)
        async with transaction(self._engine, writes=True, bounded=False) as connection:
            attempts = sa.delete(delivery_attempts).where(delivery_attempts.c.delivery_id.in_(own))
            await connection.execute(attempts)
            for table in (deliveries, channels, *_OF_A_PROJECT):
                await connection.execute(sa.delete(table).where(table.c.project_id == project))

    async def _take_back(self, connection: AsyncConnection, project: int) -> None:
        """Take what the project has configured and decided off the stream."""
        of_rules = await connection.scalars(sa.select(rules.c.id).where(rules.c.project_id == project))
        of_quiets = await connection.scalars(sa.select(quiets.c.id).where(quiets.c.project_id == project))
        decided = await connection.scalars(sa.select(triage.c.issue_id).where(triage.c.project_id == project))
        merged = await connection.scalars(sa.select(merges.c.issue_id).where(merges.c.project_id == project))
        taken = [
            Publication("projects-configured", str(project), None),
            *(Publication("rules-configured", f"rule:{rule}", None) for rule in of_rules.all()),
            *(Publication("rules-configured", f"quiet:{quiet}", None) for quiet in of_quiets.all()),
            *(Publication("issues-triaged", issue, None) for issue in decided.all()),
            *(Publication("fingerprints-merged", issue, None) for issue in merged.all()),
        ]
        for publication in taken:
            await self._outbox.publish(connection, publication)
