"""How many events of an issue an hour may have before it escalates, from its own last week.

The bound of an hour is the largest of: ``LEAST``; the mean of the hourly counts of the week before plus ``DEVIATIONS``
standard deviations (a control chart in the manner of Shewhart's, wide because hourly counts of errors have long tails);
and ``PEAK`` times the busiest of these hours, so that a daily peak is no escalation. Hours without events count as zero, and
hours before the issue was first seen do not count. Issues with less than ``LEAST_HOURS`` of history do not escalate: they
are new.
"""

from collections.abc import Mapping
from math import sqrt

HOUR = 3600
WEEK = 7 * 24
LEAST = 20
LEAST_HOURS = 24
DEVIATIONS = 5.0
PEAK = 1.5

#: Events of each hour, by its number since the Unix epoch. Hours without events are left out.
Hours = Mapping[int, int]


def hour_of(timestamp: float) -> int:
    """The number of the hour of a Unix time."""
    return int(timestamp // HOUR)


def with_event(hours: Hours, hour: int) -> dict[int, int]:
    """The counts after one more event; hours more than a week before the latest are left out."""
    latest = max(hour, max(hours, default=hour))
    kept = {known: count for known, count in hours.items() if known >= latest - WEEK}
    if hour >= latest - WEEK:
        kept[hour] = kept.get(hour, 0) + 1
    return kept


def bound(hours: Hours, hour: int, first_seen: float) -> float | None:
    """Events beyond which ``hour`` is an escalation, or None where too little is known."""
    length = min(WEEK, hour - hour_of(first_seen))
    if length < LEAST_HOURS:
        return None
    counts = [count for known, count in hours.items() if hour - length <= known < hour]
    mean = sum(counts) / length
    variance = sum(count * count for count in counts) / length - mean * mean
    return max(LEAST, mean + DEVIATIONS * sqrt(max(0.0, variance)), PEAK * max(counts, default=0))
