"""``OperationalStore`` on SQLAlchemy Core. The SQL is the same for SQLite and PostgreSQL."""

import re
import secrets
import time
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.privacy import Erasure
from stores.errors import StoreRejected
from stores.operational.activity import Activities
from stores.operational.audit import Audit
from stores.operational.channels import Channels
from stores.operational.configurations import Configurations
from stores.operational.deliveries import Deliveries
from stores.operational.engine import make_engine, transaction
from stores.operational.erased_origins import ErasedOrigins
from stores.operational.erasures import Erasures
from stores.operational.merges import Merges
from stores.operational.migrate import migrate
from stores.operational.organisations import Organisations
from stores.operational.outbox import Outbox
from stores.operational.rebalances import Rebalances
from stores.operational.releases import Releases
from stores.operational.removals import Removals
from stores.operational.repositories import Repositories
from stores.operational.rows import hash_of, insert, slug_of
from stores.operational.rules import Rules
from stores.operational.sending import Sending
from stores.operational.tables import organisations, project_keys, projects, tokens
from stores.operational.teams import Teams
from stores.operational.triage import Triage
from stores.operational.users import Users
from stores.ports import KeySummary, NewKey, Project, ProjectKey, Token, TokenSummary
from stores.vault import NO_KEYS, Vault

TOKEN_PREFIX = "stt_"
"""Begins every token that is made here, so that secret scanners can recognise one that has leaked."""

_PUBLIC_KEY = re.compile(r"[0-9a-f]{32}")
_DEFAULT_ORGANISATION = "default"


class SqlOperationalStore:
    """Organisations, projects, keys and tokens. ``url`` is ``sqlite+aiosqlite:///FILE`` or ``postgresql://…``, to
    which at most ``pool`` connections are kept; ``clock`` gives Unix seconds; ``vault`` encrypts secrets.
    """

    def __init__(
        self,
        url: str,
        clock: Callable[[], float] = time.time,
        pool: int = 5,
        vault: Vault = NO_KEYS,
    ) -> None:
        self._engine = make_engine(url, pool)
        self._clock = clock
        self.outbox = Outbox(self._engine)
        self.configurations = Configurations(self._engine, self.outbox, clock)
        self.rules = Rules(self._engine, self.outbox, clock)
        self.users = Users(self._engine, clock)
        self.organisations = Organisations(self._engine, clock)
        self.teams = Teams(self._engine)
        self.audit = Audit(self._engine, clock)
        self.releases = Releases(self._engine, clock)
        self.activities = Activities(self._engine, clock)
        self.triage = Triage(self._engine, self.outbox, self.activities, clock)
        self.merges = Merges(self._engine, self.outbox, self.triage, self.activities)
        self.channels = Channels(self._engine, clock, vault)
        self.deliveries = Deliveries(self._engine, clock)
        self.erasures = Erasures(self._engine, clock)
        self.erased_origins = ErasedOrigins(self._engine, clock)
        self.removals = Removals(self._engine, self.outbox, clock)
        self.repositories = Repositories(self._engine, clock)
        self.rebalances = Rebalances(self._engine)
        self.sending = Sending(self._engine, clock, self.channels)

    async def migrate(self) -> None:
        """Bring the tables to the current schema. Safe to run twice and from several processes."""
        await migrate(self._engine)

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    async def projects(self) -> list[Project]:
        """All projects, by id."""
        query = (
            sa.select(projects.c.id, projects.c.slug, projects.c.name, projects.c.organisation_id)
            .where(projects.c.removed.is_(None))
            .order_by(projects.c.id)
        )
        async with transaction(self._engine) as connection:
            return [Project(*row) for row in await connection.execute(query)]

    async def add_project(self, name: str, organisation: int | None = None) -> Project:
        """A new project, in the first organisation unless another is given; that is made with the first project.

        Raises:
            StoreRejected: the name is empty, or there is a project whose name is the same or nearly so.
        """
        slug = slug_of(name)
        if not slug or "\0" in name:
            raise StoreRejected(f"{name!r} is no name for a project: give it at least one letter or digit.")
        async with transaction(self._engine, writes=True) as connection:
            taken = sa.select(projects.c.id).where((projects.c.slug == slug) | (projects.c.name == name))
            if await connection.scalar(taken) is not None:
                raise StoreRejected(f"There is a project named {name!r}, or nearly so, already.")
            organisation = organisation or await self._organisation(connection)
            values = {
                "organisation_id": organisation,
                "slug": slug,
                "name": name,
                "created": self._clock(),
            }
            project = await insert(connection, projects, values)
        return Project(project, slug, name, organisation)

    async def rename_project(self, project: int, name: str) -> None:
        """Change a project's name; its slug stays, so that addresses stay true.

        Raises:
            StoreRejected: the name is empty or another project's, or there is no such project.
        """
        if not slug_of(name) or "\0" in name:
            raise StoreRejected(f"{name!r} is no name for a project: give it at least one letter or digit.")
        async with transaction(self._engine, writes=True) as connection:
            taken = sa.select(projects.c.id).where(projects.c.name == name, projects.c.id != project)
            if await connection.scalar(taken) is not None:
                raise StoreRejected(f"There is a project named {name!r} already.")
            kept = (projects.c.id == project) & projects.c.removed.is_(None)
            change = sa.update(projects).where(kept).values(name=name)
            if not (await connection.execute(change)).rowcount:
                raise StoreRejected(f"There is no project {project}.")

    async def add_key(
        self, project: int, label: str = "", public_key: str | None = None, rate_limit: float | None = None
    ) -> NewKey:
        """A new key of a project (32 hex digits, made at random unless given; ``rate_limit`` in events per
        second).

        Raises:
            StoreRejected: there is no such project, the key has not that form, or it exists already, perhaps
            revoked.
        """
        public_key = (public_key or secrets.token_hex(16)).lower()
        if not _PUBLIC_KEY.fullmatch(public_key):
            raise StoreRejected("A key is 32 hexadecimal digits. Leave it out to have one made.")
        async with transaction(self._engine, writes=True) as connection:
            kept = (projects.c.id == project) & projects.c.removed.is_(None)
            if await connection.scalar(sa.select(projects.c.id).where(kept)) is None:
                raise StoreRejected(f"There is no project {project}.")
            hashed = hash_of(public_key)
            if await connection.scalar(sa.select(project_keys.c.id).where(project_keys.c.hash == hashed)):
                raise StoreRejected("This key exists already, perhaps revoked. Use another.")
            values = {
                "project_id": project,
                "hash": hashed,
                "last_characters": public_key[-4:],
                "label": label,
                "rate_limit": rate_limit,
                "created": self._clock(),
            }
            key_id = await insert(connection, project_keys, values)
        return NewKey(key_id, project, public_key)

    async def revoke_key(self, key: str, project: int | None = None) -> None:
        """Stop a key, given by its id or its public key; of a project where that is given. Revoking it again changes nothing.

        Raises:
            StoreRejected: there is no such key.
        """
        if _PUBLIC_KEY.fullmatch(key.lower()):
            condition = project_keys.c.hash == hash_of(key.lower())
        elif key.isascii() and key.isdigit():
            condition = project_keys.c.id == int(key)
        else:
            raise StoreRejected(f"{key!r} is neither the id of a key nor 32 hexadecimal digits.")
        if project is not None:
            condition &= project_keys.c.project_id == project
        revoked = sa.func.coalesce(project_keys.c.revoked, self._clock())
        async with transaction(self._engine, writes=True) as connection:
            result = await connection.execute(
                sa.update(project_keys).where(condition).values(revoked=revoked)
            )
            if result.rowcount == 0:
                raise StoreRejected("There is no such key.")

    async def remove_project(self, project: int, actor: str) -> Erasure:
        """Take a project away from everybody, its keys at once; ``removals`` says what follows.

        Raises:
            StoreRejected: there is no such project.
        """
        return await self.removals.remove(project, actor)

    async def keys(self, project: int) -> list[KeySummary]:
        """All keys of a project, revoked ones among them, the latest first."""
        query = (
            sa.select(
                project_keys.c.id,
                project_keys.c.label,
                project_keys.c.last_characters,
                project_keys.c.rate_limit,
                project_keys.c.created,
                project_keys.c.revoked,
            )
            .where(project_keys.c.project_id == project)
            .order_by(project_keys.c.id.desc())
        )
        async with transaction(self._engine) as connection:
            return [KeySummary(*row) for row in await connection.execute(query)]

    async def find_key(self, public_key: str) -> ProjectKey | None:
        """An active key, or None."""
        query = (
            sa.select(
                project_keys.c.id, project_keys.c.project_id, project_keys.c.rate_limit, projects.c.rate_limit
            )
            .join(projects, projects.c.id == project_keys.c.project_id)
            .where(project_keys.c.hash == hash_of(public_key.lower()), project_keys.c.revoked.is_(None))
        )
        async with transaction(self._engine) as connection:
            row = (await connection.execute(query)).first()
        return ProjectKey(*row) if row is not None else None

    async def add_token(
        self,
        name: str,
        scopes: Sequence[str],
        projects: Sequence[int] | None = None,
        secret: str | None = None,
        organisation: int | None = None,
    ) -> str:
        """A new API token; returns its secret, which is not kept.

        Raises:
            StoreRejected: a token with this secret exists already, perhaps revoked.
        """
        secret = secret or TOKEN_PREFIX + secrets.token_urlsafe(32)
        hashed = hash_of(secret)
        values = {
            "hash": hashed,
            "last_characters": secret[-4:],
            "name": name,
            "scopes": sorted(scopes),
            "projects": None if projects is None else sorted(projects),
            "organisation_id": organisation,
            "created": self._clock(),
        }
        async with transaction(self._engine, writes=True) as connection:
            if await connection.scalar(sa.select(tokens.c.id).where(tokens.c.hash == hashed)) is not None:
                raise StoreRejected("A token with this secret exists already, perhaps revoked. Use another.")
            await insert(connection, tokens, values)
        return secret

    async def find_token(self, secret: str) -> Token | None:
        """The active token with this secret, or None."""
        query = sa.select(tokens).where(tokens.c.hash == hash_of(secret), tokens.c.revoked.is_(None))
        async with transaction(self._engine) as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return None
        seen = None if row.projects is None else frozenset(row.projects)
        return Token(row.id, row.name, frozenset(row.scopes), seen, row.organisation_id)

    async def tokens(self, organisation: int) -> list[TokenSummary]:
        """The active tokens of an organisation, the latest first."""
        query = (
            sa.select(tokens)
            .where(tokens.c.organisation_id == organisation, tokens.c.revoked.is_(None))
            .order_by(tokens.c.id.desc())
        )
        async with transaction(self._engine) as connection:
            return [
                TokenSummary(r.id, r.name, r.last_characters, r.scopes, r.projects, r.created)
                for r in await connection.execute(query)
            ]

    async def revoke_token(self, token: int, organisation: int | None = None) -> None:
        """Stop a token, of an organisation where that is given.

        Raises:
            StoreRejected: there is no such token that is active.
        """
        condition = (tokens.c.id == token) & tokens.c.revoked.is_(None)
        if organisation is not None:
            condition &= tokens.c.organisation_id == organisation
        revoke = sa.update(tokens).where(condition).values(revoked=self._clock())
        async with transaction(self._engine, writes=True) as connection:
            if not (await connection.execute(revoke)).rowcount:
                raise StoreRejected("There is no such token.")

    async def _organisation(self, connection: AsyncConnection) -> int:
        query = sa.select(organisations.c.id).order_by(organisations.c.id).limit(1)
        existing: int | None = await connection.scalar(query)
        if existing is not None:
            return existing
        values = {"slug": _DEFAULT_ORGANISATION, "name": "Default", "created": self._clock()}
        try:
            async with connection.begin_nested():
                return await insert(connection, organisations, values)
        except IntegrityError:
            # Another process has made it at this moment.
            made: int = (await connection.execute(query)).scalar_one()
            return made
