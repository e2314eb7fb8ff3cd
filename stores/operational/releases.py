"""The releases that builds have announced."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.release import Commit, NewRelease, Release, ReleaseSummary
from stores.errors import StoreRejected
from stores.operational.engine import transaction
from stores.operational.tables import projects, releases


class Releases:
    """Releases with their commits. ``clock`` gives Unix seconds."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock

    async def put(self, project: int, release: NewRelease) -> Release:
        """Add a release; the same version again replaces its commits.

        Raises:
            StoreRejected: there is no such project, or a text holds what the store cannot.
        """
        commits = msgspec.json.encode(release.commits).decode()
        same = (releases.c.project_id == project) & (releases.c.version == release.version)
        async with transaction(self._engine, writes=True) as connection:
            # The project's row is the lock of its releases.
            locked = sa.select(projects.c.id).where(projects.c.id == project).with_for_update()
            if await connection.scalar(locked) is None:
                raise StoreRejected(f"There is no project {project}.")
            created: float | None = await connection.scalar(sa.select(releases.c.created).where(same))
            values = {"commits": commits, "commit_count": len(release.commits)}
            if created is None:
                created = round(self._clock(), 6)
                values |= {"project_id": project, "version": release.version, "created": created}
                await connection.execute(sa.insert(releases).values(values))
            else:
                await connection.execute(sa.update(releases).where(same).values(values))
        return Release(release.version, _moment(created), release.commits)

    async def find(self, project: int, versions: Sequence[str]) -> list[Release]:
        """Those releases of some versions that are known."""
        query = sa.select(releases.c.version, releases.c.created, releases.c.commits).where(
            releases.c.project_id == project, releases.c.version.in_(versions)
        )
        async with transaction(self._engine) as connection:
            rows = (await connection.execute(query)).all()
        return [
            Release(
                row.version, _moment(row.created), msgspec.json.decode(row.commits, type=tuple[Commit, ...])
            )
            for row in rows
        ]

    async def list(
        self,
        project: int,
        start: float,
        end: float | None,
        after: tuple[float, str] | None,
        limit: int,
    ) -> list[ReleaseSummary]:
        """Releases announced from ``start`` up to ``end`` (Unix seconds; None for no end), the latest first; those that
        come after (created, version)."""
        query = sa.select(releases.c.version, releases.c.created, releases.c.commit_count).where(
            releases.c.project_id == project, releases.c.created >= start
        )
        if end is not None:
            query = query.where(releases.c.created < end)
        if after is not None:
            created, version = after
            query = query.where(
                (releases.c.created < created)
                | ((releases.c.created == created) & (releases.c.version < version))
            )
        query = query.order_by(releases.c.created.desc(), releases.c.version.desc()).limit(limit)
        async with transaction(self._engine) as connection:
            return [
                ReleaseSummary(row.version, _moment(row.created), row.commit_count)
                for row in await connection.execute(query)
            ]


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
