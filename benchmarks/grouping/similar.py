"""``python -m benchmarks.grouping.similar [folder]``: what similarity suggests, by threshold, on the corpus of grouping.

*Issues*: of the pairs of issues that grouping keeps apart, how many suggested ones are of one bug (precision), and how many of
those of one bug are suggested (recall). Nearly all pairs that are alike here are look-alikes, made to be so, and ``related``
is the share of suggested pairs that come from one event. *Events*: the same of all pairs of events that have a trace.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from agents.fingerprint.grouping_v1 import group
from agents.fingerprint.similarity import Rarity, Trace, highest, similarity, trace_of
from benchmarks.grouping.corpus import Case, corpus
from benchmarks.grouping.measure import normalised

THRESHOLDS = (0.6, 0.7, 0.8, 0.85, 0.9, 0.95)


class Traced(NamedTuple):
    """An event's trace, with how often it comes."""

    trace: Trace
    bug: str
    family: str
    times: int


class Pairs(NamedTuple):
    """Pairs at or above a threshold: all, those of one bug, and those made from one event; and those of one bug at all."""

    suggested: int
    right: int
    related: int
    alike: int


def measure(cases: list[Case], events: bool) -> dict[float, Pairs]:
    """Pairs by threshold: of events, or of the issues that they are in, each with its latest event."""
    found = {threshold: Counter[str]() for threshold in THRESHOLDS}
    alike = 0
    for items in _by_platform(cases, events).values():
        rarity = Rarity(item.trace for item in items for _ in range(item.times))
        alike += sum(n * (n - 1) // 2 for n in _totals(items).values())
        for score, pairs, right, related in _scores(items, rarity):
            for threshold in THRESHOLDS:
                if score >= threshold:
                    found[threshold].update(suggested=pairs, right=pairs * right, related=pairs * related)
    return {
        threshold: Pairs(counts["suggested"], counts["right"], counts["related"], alike)
        for threshold, counts in found.items()
    }


def _by_platform(cases: list[Case], events: bool) -> dict[str, list[Traced]]:
    """Equal traces of one bug stand together, as they are compared in the same way."""
    latest: dict[object, tuple[str, Case, Trace]] = {}
    for number, case in enumerate(cases):
        event = normalised(case)
        trace = trace_of(event)
        if trace is not None:
            key = number if events else (case.platform, group(event).fingerprint)
            latest[key] = case.platform, case, trace
    counts = Counter((platform, trace, case.bug, case.family) for platform, case, trace in latest.values())
    found: dict[str, list[Traced]] = defaultdict(list)
    for (platform, trace, bug, family), count in counts.items():
        found[platform].append(Traced(trace, bug, family, count))
    return found


def _totals(items: list[Traced]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for item in items:
        totals[item.bug] += item.times
    return totals


def _scores(items: list[Traced], rarity: Rarity) -> Iterator[tuple[float, int, bool, bool]]:
    for item in items:
        yield 1.0, item.times * (item.times - 1) // 2, True, True
    for one, other in combinations(items, 2):
        if highest(one.trace, other.trace, rarity) >= THRESHOLDS[0]:
            score = similarity(one.trace, other.trace, rarity).score
            yield score, one.times * other.times, one.bug == other.bug, one.family == other.family


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grouping.similar")
    parser.add_argument("samples", nargs="?", type=Path, help="folder of events of the Sentry protocol")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--generated", type=int, default=20, help="generated bugs for each platform")
    options = parser.parse_args()
    cases = corpus(options.samples, options.generated, options.seed)
    for name, events in (("issues", False), ("events", True)):
        print(f"{name:<8}{'suggested':>10}{'precision':>11}{'recall':>8}{'related':>9}")
        for threshold, pairs in measure(cases, events).items():
            suggested = max(pairs.suggested, 1)
            print(
                f"{threshold:<8}{pairs.suggested:>10}{pairs.right / suggested:>11.3f}"
                f"{pairs.right / max(pairs.alike, 1):>8.3f}{pairs.related / suggested:>9.3f}"
            )


if __name__ == "__main__":
    main()
