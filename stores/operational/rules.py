"""Alert rules, times without alerts, and acknowledgements."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import sqlalchemy as sa
from msgspec.structs import asdict, replace
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.rules import MAX_RULES, Quiet, Rule, RuleConfiguration, RuleDraft
from stores.errors import StoreRejected
from stores.operational.engine import transaction
from stores.operational.outbox import Outbox, Publication
from stores.operational.rows import insert
from stores.operational.tables import acknowledgements, projects, quiets, rules

TOPIC = "rules-configured"

#: Most maintenance windows and snoozes of one project that have not ended.
MAX_QUIETS = 1000


class Acknowledgement(NamedTuple):
    """Who has taken an alert in hand, and when (Unix seconds)."""

    actor: str
    at: float


class Rules:
    """What decides on alerts; changes reach the stream by the outbox."""

    def __init__(self, engine: AsyncEngine, outbox: Outbox, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._outbox = outbox
        self._clock = clock

    async def find(self, project: int, after: int, limit: int) -> list[Rule]:
        """Rules of a project by id, those with an id above ``after``."""
        query = sa.select(rules.c.rule).where(rules.c.project_id == project, rules.c.id > after)
        async with transaction(self._engine) as connection:
            rows = await connection.scalars(query.order_by(rules.c.id).limit(limit))
            return [_rule(row) for row in rows]

    async def get(self, project: int, rule: int) -> Rule | None:
        """A rule of a project, or None."""
        async with transaction(self._engine) as connection:
            return await _read(connection, project, rule)

    async def add(self, project: int, draft: RuleDraft) -> Rule:
        """A new rule.

        Raises:
            StoreRejected: there is no such project, or it has too many rules.
        """
        async with transaction(self._engine, writes=True) as connection:
            await _lock(connection, project)
            number = await connection.scalar(
                sa.select(sa.func.count()).select_from(rules).where(rules.c.project_id == project)
            )
            if (number or 0) >= MAX_RULES:
                raise StoreRejected(f"A project has at most {MAX_RULES} rules.")
            values = {"project_id": project, "version": 1, "rule": "", "changed": self._clock()}
            identity = await insert(connection, rules, values)
            rule = Rule(id=identity, project=project, version=1, **asdict(draft))
            await self._write(connection, rule)
        return rule

    async def change(self, project: int, rule: int, change: Callable[[Rule], RuleDraft]) -> Rule | None:
        """Replace a rule by what ``change`` makes of it; returns it with its new version, None where there is no such rule.
        What ``change`` raises comes through; nothing has changed then."""
        async with transaction(self._engine, writes=True) as connection:
            await _lock(connection, project)
            before = await _read(connection, project, rule)
            if before is None:
                return None
            draft = change(before)
            parts = {name: getattr(draft, name) for name in RuleDraft.__struct_fields__}
            after = replace(before, **parts, version=before.version + 1)
            await self._write(connection, after)
        return after

    async def remove(self, project: int, rule: int) -> bool:
        """Remove a rule and its snoozes; returns whether there was one."""
        async with transaction(self._engine, writes=True) as connection:
            await _lock(connection, project)
            if await _read(connection, project, rule) is None:
                return False
            snoozes = sa.select(quiets.c.id).where(quiets.c.rule_id == rule)
            for quiet in (await connection.scalars(snoozes)).all():
                await self._remove_quiet(connection, quiet)
            await connection.execute(sa.delete(rules).where(rules.c.id == rule))
            await self._outbox.publish(connection, Publication(TOPIC, f"rule:{rule}", None))
        return True

    async def quiets(self, project: int, after: int, limit: int) -> list[Quiet]:
        """Maintenance windows and snoozes that have not ended, by id, those with an id above ``after``."""
        query = sa.select(quiets.c.quiet).where(
            quiets.c.project_id == project, quiets.c.id > after, quiets.c.ends > self._clock()
        )
        async with transaction(self._engine) as connection:
            rows = await connection.scalars(query.order_by(quiets.c.id).limit(limit))
            return [msgspec.json.decode(row, type=Quiet) for row in rows]

    async def add_quiet(self, quiet: Quiet) -> Quiet:
        """A new maintenance window or snooze, whatever its id; those that have ended are removed.

        Raises:
            StoreRejected: there is no such project or rule, or there are too many.
        """
        async with transaction(self._engine, writes=True) as connection:
            await _lock(connection, quiet.project)
            of_project = quiets.c.project_id == quiet.project
            ended = sa.select(quiets.c.id).where(of_project, quiets.c.ends <= self._clock())
            for old in (await connection.scalars(ended)).all():
                await self._remove_quiet(connection, old)
            number = await connection.scalar(sa.select(sa.func.count()).select_from(quiets).where(of_project))
            if (number or 0) >= MAX_QUIETS:
                raise StoreRejected(f"A project has at most {MAX_QUIETS} maintenance windows and snoozes.")
            values = {
                "project_id": quiet.project,
                "rule_id": quiet.rule or None,
                "ends": quiet.end,
                "quiet": "",
            }
            added = replace(quiet, id=await insert(connection, quiets, values))
            encoded = msgspec.json.encode(added).decode()
            await connection.execute(sa.update(quiets).where(quiets.c.id == added.id).values(quiet=encoded))
            await self._publish(connection, f"quiet:{added.id}", RuleConfiguration(quiet=added))
        return added

    async def remove_quiet(self, project: int, quiet: int) -> bool:
        """End a maintenance window or snooze; returns whether there was one."""
        found = sa.select(quiets.c.id).where(quiets.c.id == quiet, quiets.c.project_id == project)
        async with transaction(self._engine, writes=True) as connection:
            await _lock(connection, project)
            if await connection.scalar(found) is None:
                return False
            await self._remove_quiet(connection, quiet)
        return True

    async def acknowledge(self, project: int, alert_id: str, actor: str) -> Acknowledgement:
        """Note who has taken a project's alert in hand; whoever did so first stays."""
        async with transaction(self._engine, writes=True) as connection:
            known = await _acknowledged(connection, [alert_id])
            if alert_id not in known:
                known[alert_id] = Acknowledgement(actor, self._clock())
                values = {"alert_id": alert_id, "project_id": project, **known[alert_id]._asdict()}
                await connection.execute(sa.insert(acknowledgements).values(values))
        return known[alert_id]

    async def acknowledged(self, alert_ids: Sequence[str]) -> dict[str, Acknowledgement]:
        """Who has acknowledged which of some alerts."""
        async with transaction(self._engine) as connection:
            return await _acknowledged(connection, alert_ids)

    async def drop_acknowledged_before(self, before: float) -> None:
        """Forget who took alerts in hand before a time (Unix seconds), when these are kept no more."""
        old = sa.delete(acknowledgements).where(acknowledgements.c.at < before)
        async with transaction(self._engine, writes=True) as connection:
            await connection.execute(old)

    async def _write(self, connection: AsyncConnection, rule: Rule) -> None:
        values = {
            "version": rule.version,
            "rule": msgspec.json.encode(rule).decode(),
            "changed": self._clock(),
        }
        await connection.execute(sa.update(rules).where(rules.c.id == rule.id).values(values))
        await self._publish(connection, f"rule:{rule.id}", RuleConfiguration(rule=rule))

    async def _remove_quiet(self, connection: AsyncConnection, quiet: int) -> None:
        await connection.execute(sa.delete(quiets).where(quiets.c.id == quiet))
        await self._outbox.publish(connection, Publication(TOPIC, f"quiet:{quiet}", None))

    async def _publish(self, connection: AsyncConnection, key: str, value: RuleConfiguration) -> None:
        publication = Publication(TOPIC, key, msgspec.json.encode(value).decode())
        await self._outbox.publish(connection, publication)


async def _lock(connection: AsyncConnection, project: int) -> None:
    """Keep others from changing the project's rules until the transaction ends."""
    locked = sa.select(projects.c.id).where(projects.c.id == project).with_for_update()
    if await connection.scalar(locked) is None:
        raise StoreRejected(f"There is no project {project}.")


async def _read(connection: AsyncConnection, project: int, rule: int) -> Rule | None:
    query = sa.select(rules.c.rule).where(rules.c.id == rule, rules.c.project_id == project)
    stored = await connection.scalar(query)
    return None if stored is None else _rule(stored)


async def _acknowledged(connection: AsyncConnection, alert_ids: Sequence[str]) -> dict[str, Acknowledgement]:
    query = sa.select(acknowledgements).where(acknowledgements.c.alert_id.in_(alert_ids))
    rows = await connection.execute(query)
    return {row.alert_id: Acknowledgement(row.actor, row.at) for row in rows}


def _rule(stored: str) -> Rule:
    return msgspec.json.decode(stored, type=Rule)
