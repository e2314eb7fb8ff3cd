"""Deliveries: which alert goes to which channel, and what became of it.

A delivery is queued once for each channel, alert and state, however often that is asked for. It waits (``due``) until it has
ended, in one of the outcomes below. ``sending.py`` has what those do who send.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.alerts import AlertEvent
from schemas.channels import Kind
from stores.operational.engine import transaction
from stores.operational.tables import channels, deliveries, delivery_attempts

#: What a delivery tells of its alert.
State = Literal["firing", "acknowledged", "resolved"]

#: ``delivered``: the receiver took it. ``refused``: it never will. ``expired``: it was away for too long. ``cancelled``: the
#: channel was removed or switched off.
Outcome = Literal["pending", "delivered", "refused", "expired", "cancelled"]
OUTCOMES: tuple[Outcome, ...] = ("pending", "delivered", "refused", "expired", "cancelled")

#: Rows of one statement; SQLite takes 32,766 variables.
_SLICE = 500


class NewDelivery(NamedTuple):
    """An alert for a channel. ``channel`` counts only where it is one of the alert's project and switched on."""

    channel: int
    state: State
    event: AlertEvent


class Attempt(msgspec.Struct, frozen=True):
    """One attempt: when (Unix seconds), how long it took, and how it ended: ``delivered``, ``unavailable`` (it is tried
    again) or ``refused``."""

    at: float
    seconds: float
    outcome: str
    detail: str


class Delivery(NamedTuple):
    """A delivery as it is listed. Times are Unix seconds; ``due`` is None once it has ended."""

    id: int
    project: int
    channel: int
    channel_name: str
    kind: Kind
    alert_id: str
    state: State
    queued: float
    due: float | None
    outcome: Outcome
    detail: str
    ended: float | None
    attempts: tuple[Attempt, ...]


class DeliverySearch(NamedTuple):
    """Deliveries of a project queued from ``start`` up to, and without, ``end`` (Unix seconds; None: no end): at most
    ``limit``, of those whose id is below ``before``."""

    project: int
    start: float
    end: float | None
    limit: int
    before: int | None = None
    alert_id: str | None = None
    channel: int | None = None
    outcome: Outcome | None = None


class Deliveries:
    """What is to be sent, and what was. ``filled`` is set when this process has queued something."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock
        self.filled = asyncio.Event()

    async def queue(self, wanted: Sequence[NewDelivery], expiry: float) -> int:
        """Queue deliveries, each to expire ``expiry`` seconds from now; returns how many of them are new."""
        if not wanted:
            return 0
        now = self._clock()
        added = 0
        async with transaction(self._engine, writes=True) as connection:
            usable = await _usable(connection, {delivery.channel for delivery in wanted})
            rows = [
                _row(delivery, now, expiry)
                for delivery in wanted
                if usable.get(delivery.channel) == delivery.event.data.project
            ]
            for start in range(0, len(rows), _SLICE):
                added += await _insert_new(connection, rows[start : start + _SLICE])
        if added:
            self.filled.set()
        return added

    async def acknowledge(self, project: int, alert_id: str, expiry: float) -> int:
        """Tell PagerDuty, where it was told of an alert, that somebody looks after it; returns on how many channels."""
        told = (
            sa.select(deliveries.c.channel_id, deliveries.c.event)
            .join(channels, channels.c.id == deliveries.c.channel_id)
            .where(
                deliveries.c.project_id == project,
                deliveries.c.alert_id == alert_id,
                deliveries.c.state == "firing",
                channels.c.kind == "pagerduty",
            )
        )
        async with transaction(self._engine) as connection:
            rows = (await connection.execute(told)).all()
        events = [(row.channel_id, msgspec.json.decode(row.event, type=AlertEvent)) for row in rows]
        return await self.queue(
            [NewDelivery(channel, "acknowledged", event) for channel, event in events], expiry
        )

    async def record_test(self, channel: int, event: AlertEvent, attempt: Attempt) -> None:
        """List the test of a channel among its deliveries."""
        row = _row(NewDelivery(channel, "firing", event), attempt.at, 0.0)
        ended = {"due": None, "outcome": attempt.outcome, "detail": attempt.detail, "ended": self._clock()}
        if attempt.outcome == "unavailable":
            ended["outcome"] = "expired"
        async with transaction(self._engine, writes=True) as connection:
            inserted = sa.insert(deliveries).values({**row, **ended, "attempts": 1})
            number = (await connection.execute(inserted.returning(deliveries.c.id))).scalar_one()
            values = {"delivery_id": number, **msgspec.structs.asdict(attempt)}
            await connection.execute(sa.insert(delivery_attempts).values(values))

    async def find(self, search: DeliverySearch) -> list[Delivery]:
        """Deliveries with all their attempts, the latest queued first."""
        query = (
            sa.select(deliveries, channels.c.name, channels.c.kind)
            .join(channels, channels.c.id == deliveries.c.channel_id)
            .where(deliveries.c.project_id == search.project, deliveries.c.queued >= search.start)
            .order_by(deliveries.c.id.desc())
            .limit(search.limit)
        )
        for column, value in (
            (deliveries.c.alert_id, search.alert_id),
            (deliveries.c.channel_id, search.channel),
            (deliveries.c.outcome, search.outcome),
        ):
            query = query if value is None else query.where(column == value)
        if search.end is not None:
            query = query.where(deliveries.c.queued < search.end)
        if search.before is not None:
            query = query.where(deliveries.c.id < search.before)
        async with transaction(self._engine) as connection:
            rows = (await connection.execute(query)).all()
            attempts = await _attempts(connection, [row.id for row in rows])
        return [_delivery(row, attempts.get(row.id, [])) for row in rows]

    async def drop_before(self, time: float) -> int:
        """Forget the deliveries that have ended and were queued before ``time`` (Unix seconds); returns how many."""
        old = sa.select(deliveries.c.id).where(deliveries.c.queued < time, deliveries.c.due.is_(None))
        async with transaction(self._engine, writes=True, bounded=False) as connection:
            await connection.execute(
                sa.delete(delivery_attempts).where(delivery_attempts.c.delivery_id.in_(old))
            )
            result = await connection.execute(
                sa.delete(deliveries).where(deliveries.c.queued < time, deliveries.c.due.is_(None))
            )
        return int(result.rowcount)


def new_alert_id() -> str:
    """An id for an alert that no rule has fired: a test."""
    return secrets.token_hex(16)


async def _usable(connection: AsyncConnection, ids: set[int]) -> dict[int, int]:
    """The project of each channel that takes alerts."""
    query = sa.select(channels.c.id, channels.c.project_id).where(
        channels.c.id.in_(sorted(ids)), channels.c.removed.is_(None), channels.c.enabled
    )
    return {row.id: row.project_id for row in await connection.execute(query)}


def _row(delivery: NewDelivery, now: float, expiry: float) -> dict[str, Any]:
    alert = delivery.event.data
    return {
        "project_id": alert.project,
        "channel_id": delivery.channel,
        "alert_id": alert.alert_id,
        "state": delivery.state,
        "event": msgspec.json.encode(delivery.event).decode(),
        "queued": now,
        "due": now,
        "expires": now + expiry,
        "attempts": 0,
        "outcome": "pending",
        "detail": "",
    }


async def _insert_new(connection: AsyncConnection, rows: list[dict[str, Any]]) -> int:
    """Insert the rows that there are not yet; the two databases spell that alike."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(deliveries).values(rows).on_conflict_do_nothing()
    return len((await connection.execute(statement.returning(deliveries.c.id))).all())


async def _attempts(connection: AsyncConnection, ids: list[int]) -> dict[int, list[Attempt]]:
    query = (
        sa.select(delivery_attempts)
        .where(delivery_attempts.c.delivery_id.in_(ids))
        .order_by(delivery_attempts.c.id)
    )
    found: dict[int, list[Attempt]] = {}
    for row in await connection.execute(query):
        attempt = Attempt(row.at, row.seconds, row.outcome, row.detail)
        found.setdefault(row.delivery_id, []).append(attempt)
    return found


def _delivery(row: Any, attempts: list[Attempt]) -> Delivery:
    return Delivery(
        id=row.id,
        project=row.project_id,
        channel=row.channel_id,
        channel_name=row.name,
        kind=row.kind,
        alert_id=row.alert_id,
        state=row.state,
        queued=row.queued,
        due=row.due,
        outcome=row.outcome,
        detail=row.detail,
        ended=row.ended,
        attempts=tuple(attempts),
    )
