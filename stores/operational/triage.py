"""What people decide about issues. Decisions reach the stream by the outbox, and are there at once for whoever reads here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.triage import Decision, Mute, Resolution, Status
from stores.errors import StoreRejected
from stores.operational.activity import Activities, Entry
from stores.operational.engine import transaction
from stores.operational.outbox import Outbox, Publication
from stores.operational.tables import projects, triage

TOPIC = "issues-triaged"
#: Most decisions that ``recent`` gives.
MAX_RECENT = 5_000
#: Most assigned issues that a search looks among.
MAX_ASSIGNED = 10_000

#: Issues asked for in one statement: SQLite takes at most 32,766 parameters.
_SLICE = 10_000

_decode = msgspec.json.Decoder(Decision).decode


class Triaged(NamedTuple):
    """The last decision about an issue (version 0: none yet), and who cares for it."""

    decision: Decision
    assignee: str | None


class Verdict(NamedTuple):
    """What is decided about some issues at once."""

    status: Status
    resolution: Resolution | None = None
    mute: Mute | None = None


class Adopted(NamedTuple):
    """That an issue took over another's decision: the version of it that this is, and its own one before."""

    version: int
    before: Decision


class IssueName(NamedTuple):
    """What an issue is called; goes along with the decisions about it."""

    title: str
    culprit: str
    level: str
    platform: str


class Triage:
    """The last decision about each issue. ``clock`` gives Unix seconds."""

    def __init__(
        self, engine: AsyncEngine, outbox: Outbox, activities: Activities, clock: Callable[[], float]
    ) -> None:
        self._engine = engine
        self._outbox = outbox
        self._activities = activities
        self._clock = clock

    async def get(self, project: int, issues: Sequence[str]) -> dict[str, Triaged]:
        """What is known of some issues; those of which nothing is known are left out."""
        async with transaction(self._engine) as connection:
            return await _read(connection, project, issues)

    async def recent(self, project: int, seconds: float) -> list[Decision]:
        """The decisions that were written in the last seconds, at most ``MAX_RECENT``, the latest first."""
        query = (
            sa.select(triage.c.decision)
            .where(triage.c.project_id == project, triage.c.changed >= self._clock() - seconds)
            .where(triage.c.version > 0)
            .order_by(triage.c.changed.desc())
            .limit(MAX_RECENT)
        )
        async with transaction(self._engine) as connection:
            return [_decode(text) for text in await connection.scalars(query)]

    async def assigned(self, project: int, to: str | None) -> list[str]:
        """The issues that are assigned to somebody, or with None to anybody: at most one more than ``MAX_ASSIGNED``."""
        whose = triage.c.assignee.is_not(None) if to is None else triage.c.assignee == to
        query = (
            sa.select(triage.c.issue_id).where(triage.c.project_id == project, whose).limit(MAX_ASSIGNED + 1)
        )
        async with transaction(self._engine) as connection:
            return list(await connection.scalars(query))

    async def decide(
        self,
        project: int,
        issues: Mapping[str, Sequence[str]],
        names: Mapping[str, IssueName],
        verdict: Verdict,
        by: str,
    ) -> None:
        """Decide about issues, each given with all its members, itself among them.

        Raises:
            StoreRejected: there is no such project.
        """
        now = self._clock()
        async with transaction(self._engine, writes=True) as connection:
            await _lock(connection, project)
            members = [member for group in issues.values() for member in group]
            known = await _read(connection, project, members)
            decisions = [
                _decision(project, member, known, verdict, now, by, names.get(issue))
                for issue, group in issues.items()
                for member in group
            ]
            await self._write(connection, decisions, known)
            detail = {"resolution": verdict.resolution, "mute": verdict.mute}
            shown = {name: value for name, value in detail.items() if value is not None}
            await self._activities.add(
                connection, project, [Entry(issue, verdict.status, shown) for issue in issues], by
            )

    async def assign(self, project: int, issues: Sequence[str], assignee: str | None, by: str) -> None:
        """Say who cares for issues, or, with None, that nobody does.

        Raises:
            StoreRejected: there is no such project.
        """
        async with transaction(self._engine, writes=True) as connection:
            await _lock(connection, project)
            known = await _read(connection, project, issues)
            new = [_undecided(project, issue) for issue in issues if issue not in known]
            await self._insert(connection, new)
            for start in range(0, len(issues), _SLICE):
                condition = (triage.c.project_id == project) & triage.c.issue_id.in_(
                    issues[start : start + _SLICE]
                )
                await connection.execute(sa.update(triage).where(condition).values(assignee=assignee))
            entries = [Entry(issue, "assigned", {"assignee": assignee}) for issue in issues]
            await self._activities.add(connection, project, entries, by)

    async def adopt(
        self, connection: AsyncConnection, project: int, decision: Decision, members: Sequence[str]
    ) -> dict[str, Adopted]:
        """Make a decision that of other issues, in the transaction of ``connection``, which has locked the project; returns
        those whose own it replaced. It stays as old as it is, so that what came after it is not undone."""
        known = await _read(connection, project, members)
        new, replaced = [], {}
        for member in members:
            before = known[member].decision if member in known else _undecided(project, member)
            after = replace(decision, issue_id=member, version=before.version + 1)
            if _same(before, after):
                continue
            new.append(after)
            replaced[member] = Adopted(after.version, before)
        await self._write(connection, new, known)
        return replaced

    async def last(self, connection: AsyncConnection, project: int, issue: str) -> Decision:
        """The last decision about an issue, in the transaction of ``connection``; version 0 where there is none."""
        known = await _read(connection, project, [issue])
        return known[issue].decision if issue in known else _undecided(project, issue)

    async def _write(
        self, connection: AsyncConnection, decisions: Sequence[Decision], known: Mapping[str, Triaged]
    ) -> None:
        await self._insert(connection, [d for d in decisions if d.issue_id not in known])
        if changed := [_row(d, self._clock()) for d in decisions if d.issue_id in known]:
            condition = (triage.c.project_id == sa.bindparam("of_project")) & (
                triage.c.issue_id == sa.bindparam("of_issue")
            )
            statement = sa.update(triage).where(condition)
            await connection.execute(
                statement.values({name: sa.bindparam(name) for name in ("version", "decision", "changed")}),
                [
                    {"of_project": row.pop("project_id"), "of_issue": row.pop("issue_id"), **row}
                    for row in changed
                ],
            )
        for decision in decisions:
            value = msgspec.json.encode(decision).decode()
            await self._outbox.publish(connection, Publication(TOPIC, decision.issue_id, value))

    async def _insert(self, connection: AsyncConnection, decisions: Sequence[Decision]) -> None:
        if decisions:
            rows = [_row(decision, self._clock()) for decision in decisions]
            await connection.execute(sa.insert(triage), rows)


def _decision(
    project: int,
    issue: str,
    known: Mapping[str, Triaged],
    verdict: Verdict,
    now: float,
    by: str,
    name: IssueName | None,
) -> Decision:
    before = known[issue].decision.decided if issue in known else 0.0
    return Decision(
        project,
        issue,
        _version(known, issue) + 1,
        verdict.status,
        # Clocks of several processes differ; a later decision is never older.
        max(before, now),
        by,
        verdict.resolution,
        verdict.mute,
        **(name._asdict() if name else {}),
    )


def _same(one: Decision, other: Decision) -> bool:
    """Whether two decisions, maybe about different issues, say the same."""
    return _content(one) == _content(other)


def _content(decision: Decision) -> tuple[Any, ...]:
    return decision.status, decision.decided, decision.resolution, decision.mute


def _undecided(project: int, issue: str) -> Decision:
    return Decision(project, issue, 0, "unresolved", 0.0)


def _version(known: Mapping[str, Triaged], issue: str) -> int:
    return known[issue].decision.version if issue in known else 0


def _row(decision: Decision, now: float) -> dict[str, Any]:
    return {
        "project_id": decision.project,
        "issue_id": decision.issue_id,
        "version": decision.version,
        "decision": msgspec.json.encode(decision).decode(),
        "changed": now,
    }


async def _lock(connection: AsyncConnection, project: int) -> None:
    locked = sa.select(projects.c.id).where(projects.c.id == project).with_for_update()
    if await connection.scalar(locked) is None:
        raise StoreRejected(f"There is no project {project}.")


async def _read(connection: AsyncConnection, project: int, issues: Sequence[str]) -> dict[str, Triaged]:
    found: dict[str, Triaged] = {}
    for start in range(0, len(issues), _SLICE):
        query = sa.select(triage.c.issue_id, triage.c.decision, triage.c.assignee).where(
            triage.c.project_id == project, triage.c.issue_id.in_(issues[start : start + _SLICE])
        )
        for row in await connection.execute(query):
            found[row.issue_id] = Triaged(_decode(row.decision), row.assignee)
    return found
