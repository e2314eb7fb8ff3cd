"""Windows of time, in UTC or in the local time of a zone."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from itertools import accumulate
from typing import NamedTuple

from schemas.records import ROLLUP_WIDTH
from stores.events.where import Where

DAY = 86_400


class Offsets(NamedTuple):
    """How far a zone's clocks are ahead of UTC over a range: ``seconds[i]`` before the Unix second ``changes[i]``, and the
    last from the last change on."""

    changes: tuple[int, ...] = ()
    seconds: tuple[int, ...] = (0,)

    @classmethod
    def at(cls, zone: tzinfo, moment: float) -> "Offsets":
        """The offset at a moment, for always."""
        return cls(seconds=(_offset(zone, moment),))

    @classmethod
    def over(cls, zone: tzinfo, start: float, end: float) -> "Offsets":
        """All offsets from ``start`` to ``end``. Two changes within a day are taken for one."""
        before, last = math.floor(start), _offset(zone, start)
        changes, seconds = [], [last]
        while before < end:
            after = before + DAY
            if (offset := _offset(zone, after)) != last:
                changes.append(_change(zone, before, after))
                seconds.append(offset)
                last = offset
            before = after
        return cls(tuple(changes), tuple(seconds))

    def local(self, moment: float) -> float:
        """What the zone's clocks show at a moment, as if they showed UTC."""
        return moment + self.seconds[sum(change <= moment for change in self.changes)]

    def moment(self, local: int) -> int:
        """The first Unix second at which the zone's clocks show ``local`` or later."""
        for begin, end, offset in zip(
            (-math.inf, *self.changes), (*self.changes, math.inf), self.seconds, strict=True
        ):
            found = max(local - offset, begin)
            if found < end:
                return int(found)
        raise AssertionError("the last offset holds for ever")


def _offset(zone: tzinfo, moment: float) -> int:
    offset = datetime.fromtimestamp(moment, UTC).astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _change(zone: tzinfo, before: int, after: int) -> int:
    """The first second of the offset that holds at ``after``."""
    offset = _offset(zone, after)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            after = middle
        else:
            before = middle
    return after


class Windows(NamedTuple):
    """Windows of ``width`` seconds that begin every ``step`` seconds, from ``first`` up to and without ``end``.

    Times are seconds on the clocks of a zone (``offsets``; in UTC they are Unix seconds), and multiples of the step, as in
    Kafka Streams, so that the same window is the same whatever the range. Equal width and step are tumbling windows, a
    shorter step makes them hop or, at the finest, slide.
    """

    first: int
    end: int
    width: int
    step: int
    offsets: Offsets = Offsets()

    @classmethod
    def over(cls, start: float, end: float, width: int, step: int, zone: tzinfo = UTC) -> "Windows":
        """The windows that begin in a range; its start is rounded down to a step.

        Windows and steps of whole days follow the zone's calendar: a day has 23 or 25 hours when its clocks change. Others
        are as long as they say, and keep the offset that the zone has at ``start``.
        """
        if width % DAY == 0 and step % DAY == 0:
            # As far back as a period to compare with may reach, and as far on as the last window.
            offsets = Offsets.over(zone, max(0.0, 2 * start - end - 2 * step), end + step + width)
        else:
            offsets = Offsets.at(zone, start)
        first = math.floor(offsets.local(start) / step) * step
        return cls(first, math.ceil(offsets.local(end) / step) * step, width, step, offsets)

    def with_previous(self) -> "Windows":
        """These windows, and before them as many again."""
        return self._replace(first=2 * self.first - self.end)

    @property
    def pane(self) -> int:
        """Seconds of the slices that windows are put together from."""
        return math.gcd(self.width, self.step)

    @property
    def points(self) -> int:
        """How many windows there are."""
        return max(0, self.end - self.first) // self.step

    @property
    def panes(self) -> int:
        """How many slices the windows cover."""
        return max(0, self.end - self.step + self.width - self.first) // self.pane

    @property
    def overlap(self) -> int:
        """In how many windows a moment lies at most."""
        return -(-self.width // self.step)

    @property
    def begins(self) -> range:
        """Where the windows begin."""
        return range(self.first, self.end, self.step)

    @property
    def in_rollups(self) -> bool:
        """Whether they can be put together from buckets of ``ROLLUP_WIDTH``."""
        return all(seconds % ROLLUP_WIDTH == 0 for seconds in (self.pane, *self.offsets.seconds))

    def span(self, begin: int) -> tuple[int, int]:
        """The Unix seconds from and to which the window lasts that begins at ``begin``."""
        return self.offsets.moment(begin), self.offsets.moment(begin + self.width)

    def limit(self, where: Where, column: str) -> None:
        """Add the conditions that a ``DateTime`` or ``DateTime64`` column lies in the windows."""
        last = self.first + self.panes * self.pane
        for comparison, local in ((">=", self.first), ("<", last)):
            moment = min(max(self.offsets.moment(local), 0), 2**32 - 1)
            where.add(f"{column} {comparison} toDateTime({where.parameter('UInt32', moment)}, 'UTC')")

    def pane_of(self, where: Where, column: str) -> str:
        """The SQL of where the slice begins that a ``DateTime`` lies in."""
        offset = where.parameter("Int32", self.offsets.seconds[0])
        if self.offsets.changes:
            changes = where.parameter("Array(Int64)", list(self.offsets.changes))
            seconds = where.parameter("Array(Int32)", list(self.offsets.seconds))
            offset = f"{seconds}[1 + arrayCount(change -> change <= toUnixTimestamp({column}), {changes})]"
        pane = where.parameter("UInt32", self.pane)
        return f"intDiv(toInt64(toUnixTimestamp({column})) + {offset}, {pane}) * {pane}"

    def sums(self, panes: dict[int, int]) -> list[int]:
        """What each window adds up to, by running sums: the cost does not depend on how far windows overlap."""
        slices = (panes.get(self.first + index * self.pane, 0) for index in range(self.panes))
        sums: Sequence[int] = list(accumulate(slices, initial=0))
        in_window, in_step = self.width // self.pane, self.step // self.pane
        begins = range(0, self.points * in_step, in_step)
        return [sums[begin + in_window] - sums[begin] for begin in begins]
