"""Timestamps in every form that clients use."""

from datetime import UTC, datetime
from typing import Any

from agents.fingerprint.coerce import Notes, to_float

_LONGEST = 64


def seconds(value: Any) -> float | None:
    """Unix seconds from a number, a string of a number, or ISO 8601 (without an offset: UTC); None for anything else."""
    if value.__class__ is float and value - value == 0.0:
        return value
    if isinstance(value, str):
        if len(value) > _LONGEST:
            return None
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            return to_float(value)
        return _unix(moment)
    return to_float(value)


def event_time(
    value: Any, received: float, max_clock_skew: float, max_event_age: float, notes: Notes
) -> float:
    """The client's timestamp in Unix seconds, or ``received`` where it is missing or cannot be right."""
    if value is None:
        notes.add("timestamp: missing; the time of receipt is used.")
        return received
    moment = seconds(value)
    if moment is None:
        notes.add("timestamp: not a time; the time of receipt is used.")
    elif moment > received + max_clock_skew:
        notes.add(f"timestamp: more than {max_clock_skew:g} s in the future; the time of receipt is used.")
    elif moment < received - max_event_age:
        notes.add(f"timestamp: more than {max_event_age:g} s ago; the time of receipt is used.")
    else:
        return moment
    return received


def _unix(moment: datetime) -> float | None:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None
