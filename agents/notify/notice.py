"""What one message tells: an alert, or several in a digest."""

from typing import NamedTuple

from schemas.alerts import AlertEvent
from stores.operational.deliveries import State


class Told(NamedTuple):
    """An alert in the state that is told of."""

    state: State
    event: AlertEvent


class Notice(NamedTuple):
    """One message to one channel of ``project``, by its name. ``key`` is the same whenever the same is sent again, so that a
    receiver can tell.

    ``told`` has more than one alert in a digest. ``test`` says that somebody wanted to see whether it arrives. ``trend``
    has the events of each of the last periods, the latest last; empty where that is not known.
    """

    key: str
    told: tuple[Told, ...]
    project: str
    test: bool = False
    trend: tuple[int, ...] = ()


def key_of(channel: int, alert_id: str, state: State) -> str:
    """The key of the message that tells a channel of one alert."""
    return f"{alert_id}-{state}-{channel}"
