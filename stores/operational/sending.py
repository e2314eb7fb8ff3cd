"""What those do who send: one sender at a time works on a channel, as long as it holds the channel's lease.

So what is sent to a channel keeps its order and its budget however many workers there are. A worker that dies leaves its
leases to run out; what it had sent without having noted it is sent again.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.alerts import AlertEvent
from schemas.channels import Channel
from stores.operational.channels import Channels
from stores.operational.deliveries import Attempt, Outcome, State
from stores.operational.engine import transaction
from stores.operational.tables import channels, deliveries, delivery_attempts, projects


class DueChannel(NamedTuple):
    """A channel for which something is due that nobody works on. ``failures``: since its last success."""

    id: int
    failures: int


class Claim(NamedTuple):
    """A channel that is ours, and its project's name. ``tokens`` of its budget there were at ``tokens_at`` (Unix seconds),
    None: all."""

    channel: Channel
    project: str
    lease: str
    tokens: float | None
    tokens_at: float
    failures: int


class DueDelivery(NamedTuple):
    """A delivery whose time has come. ``attempts`` is how often it was tried before."""

    id: int
    state: State
    event: AlertEvent
    attempts: int


class Result(NamedTuple):
    """What became of a delivery: it has ended in ``outcome``, or is ``pending`` and tried again at ``due``. ``attempt`` is
    None where none was made."""

    delivery: int
    outcome: Outcome
    detail: str
    due: float | None = None
    attempt: Attempt | None = None


class Rest(NamedTuple):
    """How a channel is left: its budget's tokens as of ``tokens_at``, its failures, and until when it rests."""

    tokens: float | None
    tokens_at: float
    failures: int
    until: float = 0.0


class Sending:
    """The queue of each channel, for those that send."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float], opened: Channels) -> None:
        self._engine = engine
        self._clock = clock
        self._channels = opened

    async def due_channels(self, limit: int) -> list[DueChannel]:
        """Channels that something is due for, that do not rest, and that nobody works on; those that fail come last."""
        now = self._clock()
        due = sa.exists().where(deliveries.c.channel_id == channels.c.id, deliveries.c.due <= now)
        query = (
            sa.select(channels.c.id, channels.c.failures)
            .where(due, channels.c.rests_until <= now, channels.c.leased_until <= now)
            .order_by(channels.c.failures, channels.c.id)
            .limit(limit)
        )
        async with transaction(self._engine) as connection:
            return [DueChannel(row.id, row.failures) for row in await connection.execute(query)]

    async def claim(self, channel: int, lease: str, seconds: float) -> Claim | None:
        """Take a channel for some seconds; None where somebody else has it.

        Raises:
            StoreRejected: its secrets cannot be decrypted.
        """
        now = self._clock()
        free = channels.c.id == channel, channels.c.leased_until <= now
        taken = (
            sa.update(channels)
            .where(*free)
            .values(lease=lease, leased_until=now + seconds)
            .returning(channels)
        )
        async with transaction(self._engine, writes=True) as connection:
            row = (await connection.execute(taken)).first()
            if row is None:
                return None
            if row.removed is not None or not row.enabled:
                await connection.execute(_cancelled(channel, now))
                await connection.execute(_released(channel, lease))
                return None
            named = sa.select(projects.c.name).where(projects.c.id == row.project_id)
            project = (await connection.execute(named)).scalar_one()
            return Claim(self._channels.opened(row), project, lease, row.tokens, row.tokens_at, row.failures)

    async def due(self, claim: Claim, seconds: float, limit: int) -> list[DueDelivery]:
        """What is due on a channel, the oldest first, with the lease made longer to ``seconds`` from now; nothing where the
        lease has been lost or the channel was changed. A state of an alert comes only when those before it have ended."""
        now = self._clock()
        earlier = deliveries.alias()
        before = sa.exists().where(
            earlier.c.channel_id == deliveries.c.channel_id,
            earlier.c.alert_id == deliveries.c.alert_id,
            earlier.c.due.is_not(None),
            earlier.c.id < deliveries.c.id,
        )
        query = (
            sa.select(deliveries)
            .where(deliveries.c.channel_id == claim.channel.id, deliveries.c.due <= now, ~before)
            .order_by(deliveries.c.due, deliveries.c.id)
            .limit(limit)
        )
        ours = (
            channels.c.id == claim.channel.id,
            channels.c.lease == claim.lease,
            channels.c.version == claim.channel.version,
            channels.c.enabled,
            channels.c.removed.is_(None),
        )
        longer = sa.update(channels).where(*ours).values(leased_until=now + seconds)
        async with transaction(self._engine, writes=True) as connection:
            if not (await connection.execute(longer)).rowcount:
                return []
            return [_due(row) for row in await connection.execute(query)]

    async def expire(self, claim: Claim) -> int:
        """End what was not delivered to a channel in time; returns how many deliveries that were."""
        now = self._clock()
        late = (
            deliveries.c.channel_id == claim.channel.id,
            deliveries.c.due.is_not(None),
            deliveries.c.expires <= now,
        )
        values = {
            "due": None,
            "outcome": "expired",
            "detail": "It could not be delivered in time.",
            "ended": now,
        }
        async with transaction(self._engine, writes=True) as connection:
            result = await connection.execute(sa.update(deliveries).where(*late).values(values))
        return int(result.rowcount)

    async def record(self, results: Sequence[Result]) -> None:
        """Note what became of deliveries. One that has ended stays as it is."""
        now = self._clock()
        async with transaction(self._engine, writes=True) as connection:
            for result in results:
                ended = None if result.outcome == "pending" else now
                values: dict[str, Any] = {
                    "outcome": result.outcome,
                    "detail": result.detail,
                    "due": result.due,
                    "ended": ended,
                }
                if result.attempt is not None:
                    noted = {"delivery_id": result.delivery, **msgspec.structs.asdict(result.attempt)}
                    await connection.execute(sa.insert(delivery_attempts).values(noted))
                    values["attempts"] = deliveries.c.attempts + 1
                open_still = deliveries.c.id == result.delivery, deliveries.c.due.is_not(None)
                await connection.execute(sa.update(deliveries).where(*open_still).values(values))

    async def release(self, claim: Claim, rest: Rest) -> None:
        """Give a channel back, and say how it is left, unless somebody else has it by now."""
        state = {
            "tokens": rest.tokens,
            "tokens_at": rest.tokens_at,
            "failures": rest.failures,
            "rests_until": rest.until,
        }
        async with transaction(self._engine, writes=True) as connection:
            await connection.execute(_released(claim.channel.id, claim.lease).values(state))

    async def forget_leases(self) -> None:
        """Free every channel: for a process that is the only one, and has just started."""
        async with transaction(self._engine, writes=True) as connection:
            await connection.execute(sa.update(channels).values(lease="", leased_until=0.0))

    async def pending(self) -> dict[str, int]:
        """How many deliveries wait, by the kind of their channel."""
        query = (
            sa.select(channels.c.kind, sa.func.count())
            .join(deliveries, deliveries.c.channel_id == channels.c.id)
            .where(deliveries.c.due.is_not(None))
            .group_by(channels.c.kind)
        )
        async with transaction(self._engine) as connection:
            return {row[0]: row[1] for row in await connection.execute(query)}


def _cancelled(channel: int, now: float) -> sa.Update:
    values = {"due": None, "outcome": "cancelled", "detail": "The channel is switched off.", "ended": now}
    waiting = deliveries.c.channel_id == channel, deliveries.c.due.is_not(None)
    return sa.update(deliveries).where(*waiting).values(values)


def _released(channel: int, lease: str) -> sa.Update:
    ours = channels.c.id == channel, channels.c.lease == lease
    return sa.update(channels).where(*ours).values(lease="", leased_until=0.0)


def _due(row: Any) -> DueDelivery:
    event = msgspec.json.decode(row.event, type=AlertEvent)
    return DueDelivery(row.id, row.state, event, row.attempts)
