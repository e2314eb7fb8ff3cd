"""Channels, with their secrets encrypted."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.channels import Channel, Target, kind_of, secrets_of, with_secrets, without_secrets
from stores.errors import StoreRejected
from stores.operational.engine import transaction
from stores.operational.tables import channels, deliveries, projects
from stores.vault import Vault

#: Most channels of one project.
MOST = 100
#: Secrets shorter than this are not hinted at: four characters would be too much of them.
_HINTED_FROM = 12


class ChannelInfo(NamedTuple):
    """A channel as it may be shown: its target has no secrets, and ``hints`` the last characters of each that is set (or
    nothing, where it is short). ``failures`` are those since the last success."""

    channel: Channel
    hints: dict[str, str]
    failures: int


class Channels:
    """Where projects' alerts are sent."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float], vault: Vault) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault

    async def of_project(self, project: int) -> list[ChannelInfo]:
        """The channels of a project (at most 100), by id, without secrets."""
        query = _kept().where(channels.c.project_id == project).order_by(channels.c.id)
        async with transaction(self._engine) as connection:
            return [_info(row) for row in await connection.execute(query)]

    async def show(self, project: int, channel: int) -> ChannelInfo | None:
        """A channel of a project, without secrets, or None."""
        async with transaction(self._engine) as connection:
            row = await _find(connection, project, channel)
        return None if row is None else _info(row)

    async def get(self, project: int, channel: int) -> Channel | None:
        """A channel of a project with its secrets, or None.

        Raises:
            StoreRejected: they cannot be decrypted.
        """
        async with transaction(self._engine) as connection:
            row = await _find(connection, project, channel)
        return None if row is None else self.opened(row)

    async def add(self, channel: Channel) -> ChannelInfo:
        """A new channel; its id and version are given by the store.

        Raises:
            StoreRejected: there is no such project, or it has as many channels as it may have.
        """
        now = self._clock()
        sending = {"tokens_at": now, "failures": 0, "rests_until": 0.0, "lease": "", "leased_until": 0.0}
        values = {**self._values(channel), **sending, "project_id": channel.project, "version": 1}
        async with transaction(self._engine, writes=True) as connection:
            locked = sa.select(projects.c.id).where(projects.c.id == channel.project).with_for_update()
            if await connection.scalar(locked) is None:
                raise StoreRejected(f"There is no project {channel.project}.")
            kept = channels.c.project_id == channel.project, channels.c.removed.is_(None)
            if (await connection.scalar(sa.select(sa.func.count()).where(*kept)) or 0) >= MOST:
                raise StoreRejected(f"A project may have {MOST} channels. Remove one that is not used.")
            inserted = sa.insert(channels).values(**values, created=now, changed=now).returning(channels)
            return _info((await connection.execute(inserted)).one())

    async def change(
        self, project: int, channel: int, change: Callable[[Channel], Channel]
    ) -> ChannelInfo | None:
        """Replace a channel by what ``change`` makes of it, which gets it with its secrets; None where there is none.

        Whatever was waiting after failures is tried again with the next message that is due.
        """
        async with transaction(self._engine, writes=True) as connection:
            row = await _find(connection, project, channel, locked=True)
            if row is None:
                return None
            after = change(self.opened(row))
            values = {
                **self._values(after),
                "version": row.version + 1,
                "changed": self._clock(),
                "rests_until": 0.0,
            }
            updated = sa.update(channels).where(channels.c.id == channel).values(values).returning(channels)
            return _info((await connection.execute(updated)).one())

    async def remove(self, project: int, channel: int) -> bool:
        """Remove a channel; what waits for it is not sent any more. Returns whether there was one."""
        now = self._clock()
        async with transaction(self._engine, writes=True) as connection:
            if await _find(connection, project, channel, locked=True) is None:
                return False
            await connection.execute(
                sa.update(channels)
                .where(channels.c.id == channel)
                .values(removed=now, secrets="", hints="{}", target="")
            )
            await connection.execute(
                sa.update(deliveries)
                .where(deliveries.c.channel_id == channel, deliveries.c.due.is_not(None))
                .values(due=None, outcome="cancelled", detail="The channel was removed.", ended=now)
            )
        return True

    async def rotate(self) -> int:
        """Encrypt with the first key what was encrypted with another; returns how many channels that were.

        Raises:
            StoreRejected: something was encrypted with a key that is not among them.
        """
        query = _kept().where(channels.c.secrets != "")
        rotated = 0
        async with transaction(self._engine, writes=True) as connection:
            for row in (await connection.execute(query.with_for_update())).all():
                if self._vault.is_newest(row.secrets):
                    continue
                secrets = self._vault.encrypt(self._vault.decrypt(row.secrets))
                updated = sa.update(channels).where(channels.c.id == row.id)
                await connection.execute(updated.values(secrets=secrets))
                rotated += 1
        return rotated

    def opened(self, row: Any) -> Channel:
        """The channel of a row of the table, with its secrets."""
        channel = _channel(row)
        if not row.secrets:
            return channel
        secrets: Mapping[str, str] = msgspec.json.decode(self._vault.decrypt(row.secrets))
        return replace(channel, target=with_secrets(channel.target, secrets))

    def _values(self, channel: Channel) -> dict[str, Any]:
        secrets = secrets_of(channel.target)
        return {
            "name": channel.name,
            "kind": kind_of(channel.target),
            "target": msgspec.json.encode(without_secrets(channel.target)).decode(),
            "secrets": self._vault.encrypt(msgspec.json.encode(secrets).decode()) if secrets else "",
            "hints": msgspec.json.encode({name: _hint(value) for name, value in secrets.items()}).decode(),
            "enabled": channel.enabled,
            "budget": channel.budget,
        }


def _hint(secret: str) -> str:
    return secret[-4:] if len(secret) >= _HINTED_FROM else ""


def _kept() -> sa.Select[Any]:
    return sa.select(channels).where(channels.c.removed.is_(None))


async def _find(connection: AsyncConnection, project: int, channel: int, *, locked: bool = False) -> Any:
    query = _kept().where(channels.c.project_id == project, channels.c.id == channel)
    return (await connection.execute(query.with_for_update() if locked else query)).first()


def _channel(row: Any) -> Channel:
    target: Target = msgspec.json.decode(row.target, type=Target)
    return Channel(row.id, row.project_id, row.name, target, row.enabled, row.budget, row.version)


def _info(row: Any) -> ChannelInfo:
    return ChannelInfo(_channel(row), msgspec.json.decode(row.hints), row.failures)
