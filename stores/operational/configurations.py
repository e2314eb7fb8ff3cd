"""What projects have configured."""

from collections.abc import Callable

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.project import ProjectConfiguration
from stores.errors import StoreRejected
from stores.operational.engine import transaction
from stores.operational.outbox import Outbox, Publication
from stores.operational.tables import configurations, projects

TOPIC = "projects-configured"


class Configurations:
    """The configuration of each project; changes reach the stream by the outbox."""

    def __init__(self, engine: AsyncEngine, outbox: Outbox, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._outbox = outbox
        self._clock = clock

    async def get(self, project: int) -> ProjectConfiguration:
        """A project's configuration; the default one where it has none of its own."""
        async with transaction(self._engine) as connection:
            return await _read(connection, project)

    async def change(
        self, project: int, change: Callable[[ProjectConfiguration], ProjectConfiguration]
    ) -> ProjectConfiguration:
        """Replace a project's configuration by what ``change`` makes of it; returns it with its new version.

        Raises:
            StoreRejected: there is no such project. What ``change`` raises comes through; nothing has changed then.
        """
        async with transaction(self._engine, writes=True) as connection:
            kept = (projects.c.id == project) & projects.c.removed.is_(None)
            locked = sa.select(projects.c.id).where(kept).with_for_update()
            if await connection.scalar(locked) is None:
                raise StoreRejected(f"There is no project {project}.")
            before = await _read(connection, project)
            after = replace(change(before), project=project, version=before.version + 1)
            encoded = msgspec.json.encode(after).decode()
            values = {
                "project_id": project,
                "version": after.version,
                "configuration": encoded,
                "changed": self._clock(),
            }
            if before.version:
                row = configurations.c.project_id == project
                await connection.execute(sa.update(configurations).where(row).values(values))
            else:
                await connection.execute(sa.insert(configurations).values(values))
            publication = Publication(TOPIC, str(project), encoded)
            await self._outbox.publish(connection, publication)
        return after


async def _read(connection: AsyncConnection, project: int) -> ProjectConfiguration:
    query = sa.select(configurations.c.configuration).where(configurations.c.project_id == project)
    stored = await connection.scalar(query)
    if stored is None:
        return ProjectConfiguration(project)
    return msgspec.json.decode(stored, type=ProjectConfiguration)
