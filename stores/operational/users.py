"""Users, their memberships and their log-in sessions."""

import secrets
from collections.abc import Callable
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.accounts import SCOPES, WRITE, Membership, Role, User
from stores.errors import StoreRejected
from stores.operational.engine import transaction
from stores.operational.passwords import hash_password, is_password
from stores.operational.rows import hash_of, insert
from stores.operational.tables import (
    identities,
    memberships,
    projects,
    sessions,
    team_members,
    team_projects,
    users,
)


class LoggedIn(NamedTuple):
    """Who a session belongs to, and what that user is in each organisation."""

    user: User
    memberships: tuple[Membership, ...]


class Users:
    """Users. Passwords and sessions are kept as hashes."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock

    async def add(
        self, email: str, name: str, password: str | None, organisation: int | None, role: Role
    ) -> User:
        """A new user with a role in an organisation (the first one where that is None).

        Raises:
            StoreRejected: there is a user with this address, or no such organisation.
        """
        kept = None if password is None else await hash_password(password)
        async with transaction(self._engine, writes=True) as connection:
            user = await add_user(connection, email, name, kept, self._clock())
            if organisation is None:
                organisation = await connection.scalar(sa.text("SELECT min(id) FROM organisations"))
            if organisation is None:
                raise StoreRejected("There is no organisation yet; add a project first.")
            await join(connection, user.id, organisation, role)
        return user

    async def count(self) -> int:
        """How many users there are."""
        async with transaction(self._engine) as connection:
            return int(await connection.scalar(sa.select(sa.func.count()).select_from(users)) or 0)

    async def find(self, email: str, password: str) -> User | None:
        """The user with this address and password, or None."""
        async with transaction(self._engine) as connection:
            found = sa.select(users).where(users.c.email == email.strip().lower())
            row = (await connection.execute(found)).first()
        if not await is_password(password, row.password if row is not None else None) or row is None:
            return None
        return User(row.id, row.email, row.name)

    async def find_identity(self, issuer: str, subject: str) -> User | None:
        """The user whom a provider of OpenID Connect knows as ``subject``, or None."""
        query = (
            sa.select(users.c.id, users.c.email, users.c.name)
            .join(identities, identities.c.user_id == users.c.id)
            .where(identities.c.issuer == issuer, identities.c.subject == subject)
        )
        async with transaction(self._engine) as connection:
            row = (await connection.execute(query)).first()
        return User(*row) if row is not None else None

    async def find_by_email(self, email: str) -> User | None:
        """The user with this address, or None."""
        query = sa.select(users.c.id, users.c.email, users.c.name).where(users.c.email == email.lower())
        async with transaction(self._engine) as connection:
            row = (await connection.execute(query)).first()
        return User(*row) if row is not None else None

    async def add_identity(self, user: int, issuer: str, subject: str) -> None:
        """Note who a user is to a provider."""
        async with transaction(self._engine, writes=True) as connection:
            await connection.execute(
                sa.insert(identities).values(issuer=issuer, subject=subject, user_id=user)
            )

    async def change(self, user: int, name: str | None = None, password: str | None = None) -> None:
        """Change a user's name or password. A new password ends all sessions of the user."""
        values = {"name": name, "password": None if password is None else await hash_password(password)}
        values = {column: value for column, value in values.items() if value is not None}
        if not values:
            return
        async with transaction(self._engine, writes=True) as connection:
            await connection.execute(sa.update(users).where(users.c.id == user).values(values))
            if password is not None:
                await connection.execute(sa.delete(sessions).where(sessions.c.user_id == user))

    async def begin_session(self, user: int, user_agent: str, seconds: float) -> str:
        """A new session that lasts so long; returns its secret, which is not kept."""
        secret = secrets.token_urlsafe(32)
        now = self._clock()
        values = {
            "hash": hash_of(secret),
            "user_id": user,
            "user_agent": user_agent[:200],
            "created": now,
            "expires": now + seconds,
        }
        async with transaction(self._engine, writes=True) as connection:
            await connection.execute(sa.delete(sessions).where(sessions.c.expires < now))
            await connection.execute(sa.insert(sessions).values(values))
        return secret

    async def find_session(self, secret: str) -> LoggedIn | None:
        """Who a session belongs to, or None where it is unknown or over."""
        query = (
            sa.select(users.c.id, users.c.email, users.c.name)
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(sessions.c.hash == hash_of(secret), sessions.c.expires > self._clock())
        )
        async with transaction(self._engine) as connection:
            row = (await connection.execute(query)).first()
            if row is None:
                return None
            return LoggedIn(User(*row), await _memberships(connection, row.id))

    async def end_session(self, secret: str) -> None:
        """Log out."""
        async with transaction(self._engine, writes=True) as connection:
            await connection.execute(sa.delete(sessions).where(sessions.c.hash == hash_of(secret)))


async def add_user(
    connection: AsyncConnection, email: str, name: str, kept_password: str | None, now: float
) -> User:
    """A new user of no organisation.

    Raises:
        StoreRejected: there is a user with this address, or it is none.
    """
    email = email.strip().lower()
    if not 3 <= len(email) <= 254 or "@" not in email[1:-1] or any(map(str.isspace, email)):
        raise StoreRejected(f"{email[:100]!r} is no e-mail address.")
    if await connection.scalar(sa.select(users.c.id).where(users.c.email == email)) is not None:
        raise StoreRejected(f"There is a user {email} already.")
    values = {"email": email, "name": name.strip() or email, "password": kept_password, "created": now}
    return User(await insert(connection, users, values), email, values["name"])  # type: ignore[arg-type]


async def join(connection: AsyncConnection, user: int, organisation: int, role: Role) -> None:
    """Give a user a role in an organisation, or another one."""
    key = (memberships.c.user_id == user) & (memberships.c.organisation_id == organisation)
    changed = await connection.execute(sa.update(memberships).where(key).values(role=role))
    if not changed.rowcount:
        values = {"user_id": user, "organisation_id": organisation, "role": role}
        await connection.execute(sa.insert(memberships).values(values))


async def _memberships(connection: AsyncConnection, user: int) -> tuple[Membership, ...]:
    own = sa.select(memberships.c.organisation_id, memberships.c.role).where(memberships.c.user_id == user)
    roles: list[tuple[int, Role]] = [(row[0], row[1]) for row in await connection.execute(own)]
    own_teams = sa.select(team_members.c.team_id).where(team_members.c.user_id == user)
    own_projects = sa.select(team_projects.c.project_id).where(team_projects.c.team_id.in_(own_teams))
    others = (
        sa.select(projects.c.organisation_id, projects.c.id)
        .where(projects.c.id.in_(sa.select(team_projects.c.project_id)))
        .where(projects.c.id.not_in(own_projects))
    )
    hidden: dict[int, set[int]] = {}
    for organisation, project in await connection.execute(others):
        hidden.setdefault(organisation, set()).add(project)
    return tuple(
        Membership(
            organisation, role, frozenset(hidden.get(organisation, ())) if _is_bound(role) else frozenset()
        )
        for organisation, role in roles
    )


def _is_bound(role: Role) -> bool:
    """Whether a role sees the projects of its own teams alone."""
    return SCOPES[role] <= {"read", WRITE}
