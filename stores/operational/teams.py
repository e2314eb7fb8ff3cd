"""Teams of an organisation: whose projects are whose."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.accounts import Team
from stores.errors import StoreRejected
from stores.operational.engine import transaction
from stores.operational.rows import insert, slug_of
from stores.operational.tables import memberships, projects, team_members, team_projects, teams


class Teams:
    """Teams."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, organisation: int, name: str) -> Team:
        """A new team.

        Raises:
            StoreRejected: the name is empty, or there is one of nearly that name.
        """
        slug = slug_of(name)
        if not slug:
            raise StoreRejected("A team's name has at least one letter or digit.")
        values = {"organisation_id": organisation, "slug": slug, "name": name}
        async with transaction(self._engine, writes=True) as connection:
            taken = sa.select(teams.c.id).where(teams.c.organisation_id == organisation, teams.c.slug == slug)
            if await connection.scalar(taken) is not None:
                raise StoreRejected(f"There is a team named {name!r}, or nearly so, already.")
            return Team(str(await insert(connection, teams, values)), slug, name)

    async def change(
        self, organisation: int, team: int, members: Sequence[int] | None, own_projects: Sequence[int] | None
    ) -> None:
        """Replace a team's members or projects; what is None stays.

        Raises:
            StoreRejected: there is no such team, or somebody or something is not of its organisation.
        """
        async with transaction(self._engine, writes=True) as connection:
            await _check_team(connection, organisation, team)
            if members is not None:
                known = sa.select(memberships.c.user_id).where(memberships.c.organisation_id == organisation)
                await _replace(connection, team_members, "user_id", team, members, known)
            if own_projects is not None:
                known = sa.select(projects.c.id).where(projects.c.organisation_id == organisation)
                await _replace(connection, team_projects, "project_id", team, own_projects, known)

    async def drop(self, organisation: int, team: int) -> None:
        """Remove a team. Projects that were its alone are everybody's then.

        Raises:
            StoreRejected: there is no such team.
        """
        async with transaction(self._engine, writes=True) as connection:
            await _check_team(connection, organisation, team)
            await connection.execute(sa.delete(teams).where(teams.c.id == team))

    async def all(self, organisation: int) -> list[Team]:
        """The teams, by slug."""
        async with transaction(self._engine) as connection:
            own = sa.select(teams).where(teams.c.organisation_id == organisation).order_by(teams.c.slug)
            rows = (await connection.execute(own)).all()
            members = await _pairs(connection, team_members.c.team_id, team_members.c.user_id)
            seen = await _pairs(connection, team_projects.c.team_id, team_projects.c.project_id)
        return [Team(str(r.id), r.slug, r.name, members.get(r.id, ()), seen.get(r.id, ())) for r in rows]


async def _check_team(connection: AsyncConnection, organisation: int, team: int) -> None:
    query = sa.select(teams.c.id).where(teams.c.organisation_id == organisation, teams.c.id == team)
    if await connection.scalar(query) is None:
        raise StoreRejected("There is no such team.")


async def _replace(
    connection: AsyncConnection,
    table: sa.Table,
    column: str,
    team: int,
    wanted: Sequence[int],
    known: sa.Select[tuple[int]],
) -> None:
    strangers = set(wanted) - set((await connection.execute(known)).scalars())
    if strangers:
        raise StoreRejected(f"Not of this organisation: {', '.join(map(str, sorted(strangers)))}.")
    await connection.execute(sa.delete(table).where(table.c.team_id == team))
    if wanted:
        rows = [{"team_id": team, column: one} for one in sorted(set(wanted))]
        await connection.execute(sa.insert(table), rows)


async def _pairs(
    connection: AsyncConnection, team: sa.Column[int], other: sa.Column[int]
) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for key, value in await connection.execute(sa.select(team, other).order_by(team, other)):
        found[key] = (*found.get(key, ()), str(value))
    return found
