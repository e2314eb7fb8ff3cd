"""Where the source of each project is."""

from collections.abc import Callable

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.repository import Repository
from stores.errors import StoreRejected
from stores.operational.engine import transaction
from stores.operational.tables import projects, repositories


class Repositories:
    """The repository of each project. ``clock`` gives Unix seconds."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock

    async def get(self, project: int) -> Repository:
        """A project's repository; one without an address where none was given."""
        query = sa.select(repositories.c.repository).where(repositories.c.project_id == project)
        async with transaction(self._engine) as connection:
            stored = await connection.scalar(query)
        return msgspec.json.decode(stored, type=Repository) if stored is not None else Repository()

    async def put(self, project: int, repository: Repository) -> None:
        """Replace a project's repository.

        Raises:
            StoreRejected: there is no such project.
        """
        values = {"repository": msgspec.json.encode(repository).decode(), "changed": self._clock()}
        async with transaction(self._engine, writes=True) as connection:
            kept = (projects.c.id == project) & projects.c.removed.is_(None)
            if await connection.scalar(sa.select(projects.c.id).where(kept).with_for_update()) is None:
                raise StoreRejected(f"There is no project {project}.")
            row = repositories.c.project_id == project
            changed = await connection.execute(sa.update(repositories).where(row).values(values))
            if not changed.rowcount:
                await connection.execute(sa.insert(repositories).values(project_id=project, **values))
