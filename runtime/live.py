"""Figures of the stream for those who look at it again and again: however many look, the log is asked about once a second."""

import asyncio
import time
from collections.abc import Callable

from runtime.context import Stream
from runtime.operations.topology import Figures, Reading, figures_between, read_figures

#: Seconds for which a reading is good, and over which the first rates are measured.
_FRESH = 1.0
#: Seconds after which a reading is too old to tell a rate of now.
_OLD = 15.0


class LiveFigures:
    """Rates since the reading before. ``clock`` gives seconds that only rise."""

    def __init__(self, stream: Stream, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._reading = asyncio.Lock()
        self._last: Reading | None = None
        self._figures: dict[str, Figures] = {}

    async def get(self) -> dict[str, Figures]:
        """As ``topology_live``; it takes a second where nobody has asked lately.

        Raises:
            StoreUnavailable: the log cannot be reached.
        """
        async with self._reading:
            before = self._last
            if before is not None and self._figures and self._clock() - before.at < _FRESH:
                return self._figures
            if before is None or self._clock() - before.at > _OLD:
                before = await read_figures(self._stream)
                await asyncio.sleep(_FRESH)
            self._last = await read_figures(self._stream)
            self._figures = figures_between(before, self._last)
            return self._figures
