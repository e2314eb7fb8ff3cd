"""What has been counted of sessions, for rules about crashes."""

import msgspec

from agents.count.sketch import EMPTY, Sketch
from schemas.rules import MatchedSessions


class _Bucket(msgspec.Struct, array_like=True):
    """The latest totals (sessions, crashed) by release, environment, partition and opened; and the users of all."""

    totals: dict[str, tuple[int, int]] = {}
    users: bytes = EMPTY.encode()
    crashed_users: bytes = EMPTY.encode()


class SessionTally:
    """Sessions by the bucket in which they began. Totals are running, so putting one twice changes nothing."""

    def __init__(self, width: int, of_users: bool) -> None:
        self.width = width
        self.last: int | None = None
        self._of_users = of_users
        self._totals: dict[int, dict[str, tuple[int, int]]] = {}
        self._users: dict[int, tuple[Sketch, Sketch]] = {}

    def put(self, sessions: MatchedSessions) -> None:
        """Note totals."""
        bucket = sessions.bucket
        self.last = bucket if self.last is None else max(bucket, self.last)
        totals = self._totals.setdefault(bucket, {})
        counter = "\0".join(
            (sessions.release, sessions.environment, str(sessions.partition), sessions.opened)
        )
        known, crashed = totals.get(counter, (0, 0))
        totals[counter] = max(known, sessions.sessions), max(crashed, sessions.crashed)
        if self._of_users:
            users, crashed_users = self._users.get(bucket, (EMPTY, EMPTY))
            self._users[bucket] = users.add(sessions.users), crashed_users.add(sessions.crashed_users)

    def counts(self, start: int, end: int) -> tuple[float, float]:
        """How many sessions, or users, and how many of them crashed, in the buckets from ``start`` up to, and without,
        ``end``."""
        buckets = [bucket for bucket in self._totals if start <= bucket < end]
        if self._of_users:
            users, crashed = EMPTY, EMPTY
            for bucket in buckets:
                users, crashed = users.merge(self._users[bucket][0]), crashed.merge(self._users[bucket][1])
            return users.count, crashed.count
        totals = [total for bucket in buckets for total in self._totals[bucket].values()]
        return sum(total for total, _ in totals), sum(crashed for _, crashed in totals)

    def between(self, start: int, end: int) -> float:
        """The part that did not crash, in per cent; 100 where there is nothing."""
        total, crashed = self.counts(start, end)
        return 100.0 * (1 - min(crashed / total, 1.0)) if total else 100.0

    def page_of(self, bucket: int) -> int:
        """As ``Tally``: a page is a bucket."""
        return bucket // self.width

    def encode(self, page: int) -> bytes:
        """As ``Tally``."""
        bucket = page * self.width
        users, crashed = self._users.get(bucket, (EMPTY, EMPTY))
        stored = _Bucket(self._totals.get(bucket, {}), users.encode(), crashed.encode())
        return msgspec.msgpack.encode((bucket, stored))

    def load(self, encoded: bytes) -> None:
        """As ``Tally``."""
        bucket, stored = _decode(encoded)
        self._totals[bucket] = stored.totals
        self._users[bucket] = Sketch.decode(stored.users), Sketch.decode(stored.crashed_users)
        self.last = max(self._totals)

    def drop_before(self, bucket: int) -> set[int]:
        """As ``Tally``."""
        old = [b for b in self._totals if b < bucket]
        for b in old:
            del self._totals[b]
            self._users.pop(b, None)
        self.last = max(self._totals, default=None)
        return {self.page_of(b) for b in old}


class PlayedSessions(SessionTally):
    """Windows as they are stored, by their ends, which are multiples of ``step``; between them the one before holds."""

    def __init__(self, width: int, step: int) -> None:
        super().__init__(width, of_users=False)
        self._step = step
        self._windows: dict[int, tuple[float, float]] = {}

    def know(self, end: int, total: float, crashed: float) -> None:
        """Note what a window comes to."""
        self._windows[end] = total, crashed
        self.last = end

    def counts(self, start: int, end: int) -> tuple[float, float]:
        """As ``SessionTally``; a window that is not known is empty."""
        return self._windows.get(end // self._step * self._step, (0, 0))

    def drop_before(self, bucket: int) -> set[int]:
        """As ``Tally``; there are no pages."""
        self._windows = {end: counts for end, counts in self._windows.items() if end >= bucket}
        self.last = max(self._windows, default=None)
        return set()


_decode = msgspec.msgpack.Decoder(tuple[int, _Bucket]).decode
