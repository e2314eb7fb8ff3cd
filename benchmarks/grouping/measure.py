"""Ours and the baselines, and the precision and recall of pairs.

A pair of events of one platform is right when both are of one bug exactly if both are in one issue. Precision is the share
of pairs in one issue that are of one bug; recall the share of pairs of one bug that are in one issue.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple

from agents.fingerprint.grouping_v1 import group
from agents.fingerprint.normalise import normalise
from benchmarks.grouping.corpus import Case
from schemas.event import Event, Frame
from schemas.headers import Received

Strategy = Callable[[Event], Hashable]

_RECEIVED = Received(1, 1, "0" * 32, 1_760_000_000.0, "application/json", "203.0.113.9", "", "envelope")
#: Frames that prefix match compares, innermost first.
_PREFIX = 5


class Score(NamedTuple):
    """Pairs in one issue and of one bug (``both``), in one issue (``together``), and of one bug (``alike``)."""

    both: int
    together: int
    alike: int

    @property
    def precision(self) -> float:
        """1 where nothing was put together."""
        return self.both / self.together if self.together else 1.0

    @property
    def recall(self) -> float:
        """1 where nothing belongs together."""
        return self.both / self.alike if self.alike else 1.0


def by_platform(cases: list[Case], strategy: Strategy) -> dict[str, Score]:
    """The score of each platform."""
    found: dict[str, list[tuple[str, Hashable]]] = defaultdict(list)
    for case in cases:
        found[case.platform].append((case.bug, strategy(normalised(case))))
    return {platform: _score(labels) for platform, labels in found.items()}


def total(scores: dict[str, Score]) -> Score:
    """All platforms' pairs added up."""
    return Score(*[sum(column) for column in zip(*scores.values(), strict=True)])


def by_kind(cases: list[Case], strategy: Strategy) -> dict[str, tuple[int, int]]:
    """How many events of each kind are wrong beside the first event of their family, and of how many."""
    first: dict[str, tuple[str, Hashable]] = {}
    counts: dict[str, tuple[int, int]] = {}
    for case in cases:
        issue = strategy(normalised(case))
        bug, own = first.setdefault(case.family, (case.bug, issue))
        wrong, of = counts.get(case.kind, (0, 0))
        counts[case.kind] = (wrong + ((issue == own) != (case.bug == bug)), of + 1)
    return counts


def _score(labels: list[tuple[str, Hashable]]) -> Score:
    def pairs(counts: Iterable[int]) -> int:
        return sum(count * (count - 1) // 2 for count in counts)

    return Score(
        pairs(Counter(labels).values()),
        pairs(Counter(issue for _, issue in labels).values()),
        pairs(Counter(bug for bug, _ in labels).values()),
    )


def normalised(case: Case) -> Event:
    """The event of a case, normalised."""
    return normalise(case.event, _RECEIVED, 60.0, 30 * 86_400.0)


def _version_1(event: Event) -> Hashable:
    return group(event).fingerprint


def _type_and_message(event: Event) -> Hashable:
    last = event.exceptions[-1] if event.exceptions else None
    return (last.type, last.value) if last else event.message


def _type_and_full_stack(event: Event) -> Hashable:
    return _types(event), tuple((_place(frame), frame.function, frame.lineno) for frame in _frames(event))


def _top_frame(event: Event) -> Hashable:
    return tuple((_place(frame), frame.function) for frame in _frames(event)[-1:]) or event.message


def _prefix_match(event: Event) -> Hashable:
    return _types(event), tuple((_place(frame), frame.function) for frame in _frames(event)[-_PREFIX:])


def _types(event: Event) -> tuple[str | None, ...]:
    return tuple(exception.type for exception in event.exceptions)


def _place(frame: Frame) -> str | None:
    return frame.module or frame.filename or frame.abs_path


def _frames(event: Event) -> tuple[Frame, ...]:
    found = [exception.stacktrace for exception in event.exceptions if exception.stacktrace]
    stacktrace = found[-1] if found else event.stacktrace
    return stacktrace.frames if stacktrace else ()


STRATEGIES: dict[str, Strategy] = {
    "version 1": _version_1,
    "type and message": _type_and_message,
    "type and full stack": _type_and_full_stack,
    "top frame": _top_frame,
    "prefix match": _prefix_match,
}
