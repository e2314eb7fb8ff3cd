"""When a mute ends: what is counted since the decision, and whether a condition holds."""

from hashlib import blake2b

import msgspec

from schemas.triage import Mute

#: Slices that a window is counted in. It so ends up to one slice early.
SLICES = 20
#: The window of a rate where none is given, in seconds.
RATE_WINDOW = 600.0


class Muted(msgspec.Struct, frozen=True, array_like=True):
    """What was counted since an issue was muted.

    ``slices`` are events by the number of the slice of time since the epoch, ``users`` hashes of users, at most as many as
    the mute asks for.
    """

    events: int = 0
    slices: dict[int, int] = {}
    users: tuple[int, ...] = ()


def after_event(muted: Muted, mute: Mute, timestamp: float, user: str) -> Muted:
    """What is counted after one more event."""
    users = muted.users
    if mute.users is not None and user:
        hashed = int.from_bytes(blake2b(user.encode(), digest_size=6).digest())
        if hashed not in users and len(users) < mute.users:
            users = (*users, hashed)
    slices = muted.slices
    if width := _slice_width(mute):
        number = int(timestamp // width)
        latest = max(number, max(slices, default=number))
        slices = {known: count for known, count in slices.items() if known > latest - SLICES}
        if number > latest - SLICES:
            slices[number] = slices.get(number, 0) + 1
    return Muted(muted.events + 1, slices, users)


def is_over(muted: Muted, mute: Mute, timestamp: float) -> bool:
    """Whether a mute is over at an event that has been counted. That it lasts until the issue escalates is asked elsewhere."""
    if mute.until is not None and timestamp >= mute.until:
        return True
    if mute.users is not None and len(muted.users) >= mute.users:
        return True
    in_window = sum(muted.slices.values())
    if mute.events is not None and (in_window if mute.window else muted.events) >= mute.events:
        return True
    return mute.rate is not None and _rate_reached(muted, mute, in_window)


def _rate_reached(muted: Muted, mute: Mute, in_window: int) -> bool:
    """The whole window has the rate, and each half of it at least half of that."""
    wanted = (mute.rate or 0.0) * _window(mute) / 60
    middle = max(muted.slices, default=0) - SLICES // 2
    later = sum(count for number, count in muted.slices.items() if number > middle)
    return in_window >= wanted and min(later, in_window - later) >= wanted / 4


def _window(mute: Mute) -> float:
    return mute.window or RATE_WINDOW


def _slice_width(mute: Mute) -> float | None:
    """Seconds of a slice; None where nothing is counted by time."""
    if mute.rate is None and (mute.events is None or mute.window is None):
        return None
    return _window(mute) / SLICES
