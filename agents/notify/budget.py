"""How many messages a channel gets, and when what failed is tried again: pure arithmetic."""

import math
from typing import NamedTuple

_HOUR = 3600.0
_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 900.0
#: Longest pause that a receiver may ask for.
_LONGEST_ASKED = 3600.0


class Budget(NamedTuple):
    """A token bucket: half of an hour's messages at once and the other half over the hour, so that no hour has more than all,
    and something is left whenever a burst is over. ``rate`` is in messages per second."""

    capacity: float
    rate: float

    @classmethod
    def of(cls, messages: int) -> "Budget":
        """The budget of so many messages an hour, at least two."""
        capacity = messages // 2
        return cls(float(capacity), (messages - capacity) / _HOUR)

    def tokens(self, tokens: float | None, at: float, now: float) -> float:
        """The tokens now, where there were ``tokens`` (None: all) at the time ``at``."""
        if tokens is None:
            return self.capacity
        return min(self.capacity, tokens + max(0.0, now - at) * self.rate)

    def wait(self, tokens: float) -> float:
        """Seconds until there is a whole token."""
        # A little longer, so that rounding never leaves it at almost one.
        return 0.0 if tokens >= 1 else math.nextafter((1 - tokens) / self.rate, math.inf) + 1e-3


def pause_after(failures: int, asked: float | None = None) -> float:
    """Seconds until the next try, after so many failures: 5 s, then twice as long each time up to 15 minutes, or for as
    long as the receiver ``asked``, up to an hour."""
    pause = min(_FIRST_PAUSE * 2.0 ** min(failures - 1, 20), _LONGEST_PAUSE)
    return pause if asked is None else max(pause, min(asked, _LONGEST_ASKED))
