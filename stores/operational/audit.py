"""The audit log: every change that somebody made."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.accounts import AuditEntry
from stores.operational.engine import transaction
from stores.operational.tables import audit


class Audit:
    """Changes, which are only ever added."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock

    async def add(
        self,
        actor: str,
        action: str,
        target: str = "",
        organisation: int | None = None,
        project: int | None = None,
        address: str = "",
    ) -> None:
        """Note a change: who did what to what, and from which address."""
        values = {
            "at": self._clock(),
            "organisation_id": organisation,
            "project_id": project,
            "actor": actor,
            "action": action,
            "target": target[:500],
            "address": address,
        }
        async with transaction(self._engine, writes=True) as connection:
            await connection.execute(sa.insert(audit).values(values))

    async def find(self, organisation: int, before: int | None, limit: int) -> list[AuditEntry]:
        """Changes of an organisation, the latest first; only those with an id below ``before``."""
        query = sa.select(audit).where(audit.c.organisation_id == organisation)
        if before is not None:
            query = query.where(audit.c.id < before)
        async with transaction(self._engine) as connection:
            rows = await connection.execute(query.order_by(audit.c.id.desc()).limit(limit))
            return [_entry(row) for row in rows]


def _entry(row: Any) -> AuditEntry:
    project = None if row.project_id is None else str(row.project_id)
    return AuditEntry(str(row.id), row.at, row.actor, row.action, row.target, project, row.address)
