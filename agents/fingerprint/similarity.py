"""How alike two stack traces are: TraceSim, from 0 to 1. Pure.

Vasiliev et al., "TraceSim: A Method for Calculating Stack Trace Similarity" (2020): the Levenshtein distance of two traces,
divided by the weight of both. A frame weighs the more the nearer it is to where it happened (one over a power of its
position) and the rarer it is among all traces (a sigmoid of its inverse document frequency). Since to replace a frame costs
what it costs to remove one and add another, the score is the share of the heaviest common subsequence.

Ours: the frames are those of the cause, cleaned as grouping cleans them, without those that no one wrote, and recursion
folded; the type of the exception stands before them as if it were the innermost frame.
"""

from collections import Counter
from collections.abc import Iterable
from math import exp, log
from typing import NamedTuple

from agents.fingerprint.grouping_v1.stacks import parts_of
from agents.fingerprint.grouping_v1.titles import thread_stacktrace
from schemas.event import Event

#: Frames of a trace that are compared, innermost first. What lies further out weighs next to nothing.
MOST_FRAMES = 30
#: The power of the position, and slope and middle of the sigmoid; chosen by ``benchmarks/grouping/similar.py``.
_ALPHA, _BETA, _GAMMA = 1.0, 2.0, 1.0


#: From this score on two issues are suggested to be one: measured in docs/grouping.md.
LEAST_SCORE = 0.9


class Trace(NamedTuple):
    """What is compared of an event: the type of its exception, then its frames, innermost first."""

    elements: tuple[str, ...]


class Likeness(NamedTuple):
    """``score`` from 0 to 1, and the frames that both have, in order, innermost first."""

    score: float
    shared: tuple[str, ...]


class Rarity:
    """How much a frame says, by how many of all traces have it."""

    def __init__(self, traces: Iterable[Trace]) -> None:
        self._count = 0
        having: Counter[str] = Counter()
        for trace in traces:
            self._count += 1
            having.update(set(trace.elements))
        self._weights = {element: self._sigmoid(count) for element, count in having.items()}
        self._unseen = self._sigmoid(1)

    def weights(self, trace: Trace) -> list[float]:
        """The weight of each element of a trace."""
        known, unseen = self._weights, self._unseen
        return [
            known.get(element, unseen) / (position + 1) ** _ALPHA
            for position, element in enumerate(trace.elements)
        ]

    def _sigmoid(self, count: int) -> float:
        return 1 / (1 + exp(-_BETA * (log(max(self._count, 1) / count) - _GAMMA)))


def trace_of(event: Event) -> Trace | None:
    """The trace of an event; None where no frame says anything."""
    cause = next((item for item in event.exceptions if item.stacktrace is not None), None)
    stacktrace = cause.stacktrace if cause else event.stacktrace or thread_stacktrace(event)
    thrown = cause or next(iter(event.exceptions), None)
    frames: dict[str, None] = {}
    for part in reversed(parts_of(stacktrace, event.platform)):
        if part.value is not None and not part.generated:
            frames[part.value] = None
    if not frames:
        return None
    named = tuple(frames)[:MOST_FRAMES]
    return Trace(((thrown.type or "") if thrown else "", *named))


def similarity(one: Trace, other: Trace, rarity: Rarity) -> Likeness:
    """How alike two traces are. It takes at most a thousand steps."""
    ours, theirs = rarity.weights(one), rarity.weights(other)
    whole = sum(ours) + sum(theirs)
    heaviest = _table(one, other, ours, theirs)
    shared = []
    row, column = 0, 0
    while row < len(ours) and column < len(theirs):
        here = heaviest[row][column]
        if here == heaviest[row + 1][column]:
            row += 1
        elif here == heaviest[row][column + 1]:
            column += 1
        else:
            if row:
                shared.append(one.elements[row])
            row, column = row + 1, column + 1
    return Likeness(min(heaviest[0][0] / whole, 1.0) if whole else 0.0, tuple(shared))


def highest(one: Trace, other: Trace, rarity: Rarity) -> float:
    """What the score of two traces is at most: by the elements that both have, in whatever order. Takes few steps."""
    theirs = dict(zip(other.elements, rarity.weights(other), strict=True))
    ours = rarity.weights(one)
    common = sum(
        weight + theirs[element]
        for element, weight in zip(one.elements, ours, strict=True)
        if element in theirs
    )
    whole = sum(ours) + sum(theirs.values())
    return common / whole if whole else 0.0


def _table(one: Trace, other: Trace, ours: list[float], theirs: list[float]) -> list[list[float]]:
    """The weight of the heaviest common subsequence of what is left of both from each position on."""
    table = [[0.0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    for row in range(len(ours) - 1, -1, -1):
        below, here, element = table[row + 1], table[row], one.elements[row]
        for column in range(len(theirs) - 1, -1, -1):
            best = max(below[column], here[column + 1])
            if element == other.elements[column]:
                best = max(best, below[column + 1] + ours[row] + theirs[column])
            here[column] = best
    return table
