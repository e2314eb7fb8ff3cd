"""Events that were erased while a record of them was quarantined. A log gives up no single record: so it is kept where the
events came in, which names nobody, and their records are shown and redriven no more."""

from collections.abc import Callable, Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from stores.operational.engine import transaction
from stores.operational.tables import erased_origins

#: Most origins of one statement: the databases bound its parameters.
AT_ONCE = 1_000


class ErasedOrigins:
    """The origins of erased events, each as ``Position.encode`` writes it. ``clock`` gives Unix seconds."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock

    async def add(self, origins: Collection[str], seconds: float) -> None:
        """Remember at most ``AT_ONCE`` origins for some seconds. Doing it again changes nothing."""
        known = await self.among(origins)
        until = self._clock() + seconds
        rows = [{"origin": origin, "until": until} for origin in sorted({*origins} - known)]
        if rows:
            async with transaction(self._engine, writes=True) as connection:
                await connection.execute(sa.insert(erased_origins), rows)

    async def among(self, origins: Collection[str]) -> frozenset[str]:
        """Which of some origins, at most ``AT_ONCE``, are remembered."""
        if not origins:
            return frozenset()
        query = sa.select(erased_origins.c.origin).where(erased_origins.c.origin.in_(list(origins)))
        async with transaction(self._engine) as connection:
            return frozenset((await connection.scalars(query)).all())

    async def forget(self) -> None:
        """Delete those whose time is over."""
        over = sa.delete(erased_origins).where(erased_origins.c.until <= self._clock())
        async with transaction(self._engine, writes=True) as connection:
            await connection.execute(over)
