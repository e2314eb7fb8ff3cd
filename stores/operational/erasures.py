"""Requests to erase. Whom one is about is known only while it is worked on; the request and its receipt stay."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.privacy import Erasure, Receipt, Subject
from stores.errors import StoreRejected
from stores.operational.engine import transaction
from stores.operational.rows import insert
from stores.operational.tables import erasures

#: Most requests of one project that are not done.
MAX_WAITING = 1000


class ClaimedErasure(NamedTuple):
    """A request that is ours. ``subject`` is None where all of the project is meant; ``requested`` is in Unix seconds."""

    id: int
    project: int
    subject: Subject | None
    requested: float
    lease: str


class Erasures:
    """The requests of all projects. ``clock`` gives Unix seconds."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock

    async def add(self, project: int, organisation: int, subject: Subject, actor: str) -> Erasure:
        """A new request about one end user.

        Raises:
            StoreRejected: too many of the project wait.
        """
        async with transaction(self._engine, writes=True) as connection:
            waiting = sa.select(sa.func.count()).where(
                erasures.c.project_id == project, erasures.c.finished.is_(None)
            )
            if (await connection.scalar(waiting) or 0) >= MAX_WAITING:
                raise StoreRejected(f"At most {MAX_WAITING} requests of a project may wait.")
            encoded = msgspec.json.encode(subject).decode()
            return await add_erasure(
                connection, project, organisation, subject.kind, encoded, actor, self._clock()
            )

    async def under_way(self, project: int) -> bool:
        """Whether a request of a project is not done yet."""
        query = sa.select(erasures.c.id).where(
            erasures.c.project_id == project, erasures.c.finished.is_(None)
        )
        async with transaction(self._engine) as connection:
            return await connection.scalar(query.limit(1)) is not None

    async def find(
        self, before: int | None, limit: int, *, project: int | None = None, organisation: int | None = None
    ) -> list[Erasure]:
        """Requests of a project or an organisation, the latest first; only those with an id below ``before``."""
        query = sa.select(erasures)
        if project is not None:
            query = query.where(erasures.c.project_id == project)
        if organisation is not None:
            query = query.where(erasures.c.organisation_id == organisation)
        if before is not None:
            query = query.where(erasures.c.id < before)
        async with transaction(self._engine) as connection:
            rows = await connection.execute(query.order_by(erasures.c.id.desc()).limit(limit))
            return [_erasure(row) for row in rows]

    async def get(self, project: int, erasure: int) -> Erasure | None:
        """A request of a project, or None."""
        query = sa.select(erasures).where(erasures.c.project_id == project, erasures.c.id == erasure)
        async with transaction(self._engine) as connection:
            row = (await connection.execute(query)).first()
        return _erasure(row) if row is not None else None

    async def claim(self, lease: str, seconds: float) -> ClaimedErasure | None:
        """Take the oldest request that nobody works on, for some seconds; None where there is none."""
        now = self._clock()
        free = (erasures.c.finished.is_(None)) & (erasures.c.leased_until <= now)
        query = sa.select(erasures).where(free).order_by(erasures.c.id).limit(1)
        async with transaction(self._engine, writes=True) as connection:
            row = (await connection.execute(query)).first()
            if row is None:
                return None
            taken = sa.update(erasures).where(free, erasures.c.id == row.id)
            if not (await connection.execute(taken.values(lease=lease, leased_until=now + seconds))).rowcount:
                return None
        subject = msgspec.json.decode(row.subject, type=Subject) if row.subject else None
        return ClaimedErasure(row.id, row.project_id, subject, row.requested, lease)

    async def advance(self, claimed: ClaimedErasure, step: int, steps: int, seconds: float) -> bool:
        """Note how far a request has come and hold it for some seconds more; returns whether it is still ours."""
        until = self._clock() + seconds
        return await self._set(claimed, step=step, steps=steps, problem="", leased_until=until)

    async def put_back(self, claimed: ClaimedErasure, problem: str, pause: float = 30.0) -> None:
        """Give a request back, to be tried again after a pause (seconds)."""
        await self._set(claimed, problem=problem, lease="", leased_until=self._clock() + pause)

    async def finish(self, claimed: ClaimedErasure, receipt: Receipt) -> None:
        """Keep the receipt of a request and forget whom it was about."""
        encoded = msgspec.json.encode(receipt).decode()
        await self._set(claimed, receipt=encoded, finished=receipt.finished, subject=None, lease="")

    async def _set(self, claimed: ClaimedErasure, **values: Any) -> bool:
        change = sa.update(erasures).where(erasures.c.id == claimed.id, erasures.c.lease == claimed.lease)
        async with transaction(self._engine, writes=True) as connection:
            return bool((await connection.execute(change.values(values))).rowcount)


async def add_erasure(
    connection: AsyncConnection,
    project: int,
    organisation: int,
    kind: str,
    subject: str | None,
    actor: str,
    now: float,
) -> Erasure:
    """Add a request in the transaction of ``connection``; ``kind`` is the subject's, empty for a whole project."""
    values = {
        "project_id": project,
        "organisation_id": organisation,
        "kind": kind,
        "subject": subject,
        "actor": actor,
        "requested": now,
        "step": 0,
        "steps": 0,
        "problem": "",
        "lease": "",
        "leased_until": 0.0,
    }
    identity = await insert(connection, erasures, values)
    row = (await connection.execute(sa.select(erasures).where(erasures.c.id == identity))).one()
    return _erasure(row)


def _erasure(row: Any) -> Erasure:
    started = row.lease or row.steps or row.problem
    return Erasure(
        id=str(row.id),
        project=str(row.project_id),
        kind="user" if row.kind else "project",
        subject=row.kind or None,
        actor=row.actor,
        requested=row.requested,
        state="done" if row.finished is not None else "running" if started else "waiting",
        step=row.step,
        steps=row.steps,
        problem=row.problem,
        receipt=msgspec.json.decode(row.receipt, type=Receipt) if row.receipt else None,
    )
