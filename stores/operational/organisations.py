"""Organisations: their members and invitations."""

import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.accounts import Invitation, Member, Organisation, Role, User
from stores.errors import StoreRejected
from stores.operational.engine import transaction
from stores.operational.passwords import hash_password
from stores.operational.rows import hash_of, insert
from stores.operational.tables import (
    invitations,
    memberships,
    organisations,
    sessions,
    team_members,
    teams,
    users,
)
from stores.operational.users import add_user, join

INVITATION_SECONDS = 7 * 86_400.0


class Invited(NamedTuple):
    """An invitation as its holder sees it."""

    organisation: Organisation
    email: str
    role: Role


class Organisations:
    """Organisations. Secrets of invitations are kept as hashes."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock

    async def all(self) -> list[Organisation]:
        """All organisations, by id."""
        async with transaction(self._engine) as connection:
            rows = await connection.execute(sa.select(organisations).order_by(organisations.c.id))
            return [Organisation(str(row.id), row.slug, row.name) for row in rows]

    async def members(self, organisation: int) -> list[Member]:
        """The members, by e-mail address."""
        query = (
            sa.select(users.c.id, users.c.email, users.c.name, memberships.c.role)
            .join(memberships, memberships.c.user_id == users.c.id)
            .where(memberships.c.organisation_id == organisation)
            .order_by(users.c.email)
        )
        async with transaction(self._engine) as connection:
            return [Member(str(row[0]), *row[1:]) for row in await connection.execute(query)]

    async def set_role(self, organisation: int, user: int, role: Role | None) -> None:
        """Change a member's role; None takes the member out, and ends the user's sessions.

        Raises:
            StoreRejected: there is no such member, or the organisation would be left without an owner.
        """
        key = (memberships.c.organisation_id == organisation) & (memberships.c.user_id == user)
        async with transaction(self._engine, writes=True) as connection:
            locked = (
                sa.select(memberships).where(memberships.c.organisation_id == organisation).with_for_update()
            )
            roles = {row.user_id: row.role for row in await connection.execute(locked)}
            if user not in roles:
                raise StoreRejected("There is no such member.")
            others = [held for member, held in roles.items() if member != user]
            if roles[user] == "owner" and role != "owner" and "owner" not in others:
                raise StoreRejected("An organisation needs an owner. Make somebody else one first.")
            if role is not None:
                await join(connection, user, organisation, role)
                return
            await connection.execute(sa.delete(memberships).where(key))
            own = sa.select(teams.c.id).where(teams.c.organisation_id == organisation)
            await connection.execute(
                sa.delete(team_members).where(team_members.c.user_id == user, team_members.c.team_id.in_(own))
            )
            await connection.execute(sa.delete(sessions).where(sessions.c.user_id == user))

    async def invite(self, organisation: int, email: str, role: Role) -> tuple[Invitation, str]:
        """An invitation and its secret, which is not kept. ``email`` may be empty."""
        secret = secrets.token_urlsafe(32)
        now = self._clock()
        values = {
            "organisation_id": organisation,
            "hash": hash_of(secret),
            "email": email.strip().lower(),
            "role": role,
            "created": now,
            "expires": now + INVITATION_SECONDS,
        }
        async with transaction(self._engine, writes=True) as connection:
            identity = await insert(connection, invitations, values)
        made = Invitation(
            str(identity), str(organisation), email.strip().lower(), role, now, now + INVITATION_SECONDS
        )
        return made, secret

    async def invite_first_owner(self, organisation: int) -> str:
        """The secret of an invitation for whoever is to be the first owner; those made before are not good any more."""
        stale = sa.delete(invitations).where(
            invitations.c.organisation_id == organisation,
            invitations.c.role == "owner",
            invitations.c.email == "",
            invitations.c.accepted.is_(None),
        )
        async with transaction(self._engine, writes=True) as connection:
            await connection.execute(stale)
        return (await self.invite(organisation, "", "owner"))[1]

    async def invitations(self, organisation: int) -> list[Invitation]:
        """The invitations that can still be accepted, the latest first."""
        query = (
            sa.select(invitations)
            .where(invitations.c.organisation_id == organisation, self._is_open())
            .order_by(invitations.c.id.desc())
        )
        async with transaction(self._engine) as connection:
            rows = await connection.execute(query)
            return [
                Invitation(str(r.id), str(organisation), r.email, r.role, r.created, r.expires) for r in rows
            ]

    async def withdraw(self, organisation: int, invitation: int) -> None:
        """Withdraw an invitation.

        Raises:
            StoreRejected: there is none that is open.
        """
        key = (invitations.c.organisation_id == organisation) & (invitations.c.id == invitation)
        async with transaction(self._engine, writes=True) as connection:
            if not (await connection.execute(sa.delete(invitations).where(key, self._is_open()))).rowcount:
                raise StoreRejected("There is no such open invitation.")

    async def find_invitation(self, secret: str) -> Invited | None:
        """The open invitation with this secret, or None."""
        async with transaction(self._engine) as connection:
            row = await self._invitation(connection, secret)
        if row is None:
            return None
        return Invited(Organisation(str(row.organisation_id), row.slug, row.name), row.email, row.role)

    async def accept(self, secret: str, email: str, name: str, password: str | None) -> User:
        """Make the user who was invited. An invitation to an address is for that address.

        Raises:
            StoreRejected: there is no such open invitation, or there is such a user already.
        """
        kept = None if password is None else await hash_password(password)
        async with transaction(self._engine, writes=True) as connection:
            row = await self._open_invitation(connection, secret)
            user = await add_user(connection, row.email or email, name, kept, self._clock())
            await self._join(connection, row, user.id)
        return user

    async def accept_as(self, secret: str, user: int) -> None:
        """Give somebody who is a user already the role of an invitation.

        Raises:
            StoreRejected: there is no such open invitation, or it is for somebody else.
        """
        async with transaction(self._engine, writes=True) as connection:
            row = await self._open_invitation(connection, secret)
            email = await connection.scalar(sa.select(users.c.email).where(users.c.id == user))
            if row.email and row.email != email:
                raise StoreRejected(f"This invitation is for {row.email}.")
            await self._join(connection, row, user)

    async def accept_for(self, email: str, name: str) -> User | None:
        """Make the user to whom invitations were sent, at an address that is known to be theirs; None where none is open.

        Raises:
            StoreRejected: there is a user with this address.
        """
        now = self._clock()
        accepted = (
            sa.update(invitations)
            .where(invitations.c.email == email.strip().lower(), invitations.c.email != "", self._is_open())
            .values(accepted=now)
            .returning(invitations)
        )
        async with transaction(self._engine, writes=True) as connection:
            rows = (await connection.execute(accepted)).all()
            if not rows:
                return None
            user = await add_user(connection, email, name, None, now)
            # Of several into one organisation the latest says which role.
            for row in sorted(rows, key=lambda row: row.id):
                await self._join(connection, row, user.id)
        return user

    def _is_open(self) -> sa.ColumnElement[bool]:
        return invitations.c.accepted.is_(None) & (invitations.c.expires > self._clock())

    async def _invitation(self, connection: AsyncConnection, secret: str) -> sa.Row[Any] | None:
        query = (
            sa.select(invitations, organisations.c.slug, organisations.c.name)
            .join(organisations, organisations.c.id == invitations.c.organisation_id)
            .where(invitations.c.hash == hash_of(secret), self._is_open())
        )
        return (await connection.execute(query)).first()

    async def _open_invitation(self, connection: AsyncConnection, secret: str) -> sa.Row[Any]:
        # The row is locked by its change: of two who accept at once the second finds it accepted.
        accepted = (
            sa.update(invitations)
            .where(invitations.c.hash == hash_of(secret), self._is_open())
            .values(accepted=self._clock())
            .returning(invitations)
        )
        row: sa.Row[Any] | None = (await connection.execute(accepted)).first()
        if row is None:
            raise StoreRejected(
                "This invitation is unknown, over, or was accepted already. Ask for a new one."
            )
        return row

    async def _join(self, connection: AsyncConnection, invitation: sa.Row[Any], user: int) -> None:
        await join(connection, user, invitation.organisation_id, invitation.role)
