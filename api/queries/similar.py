"""Issues of a project whose latest events have much the same stack trace."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from agents.fingerprint.similarity import Rarity, Trace, highest, similarity, trace_of
from agents.fingerprint.trial import StoredEvent
from api.parameters import TimeRange
from api.queries.grouping import Span, latest_events, recent_issues
from stores.ports import AnalyticalStore

#: Issues of a project that are compared: those seen last, within these seconds.
MAX_ISSUES = 2_000
_SPAN = 30 * 86_400
#: Seconds for which the traces of a project are kept, and projects of which they are: some megabytes each.
_KEPT = 60.0
_PROJECTS = 8
#: Traces that are compared before others get a turn.
_SLICE = 50


class SimilarIssue(msgspec.Struct, frozen=True):
    """An issue like the one asked about: ``score`` from 0 to 1, and the frames that both have, innermost first."""

    issue_id: str
    title: str
    score: float
    shared_frames: tuple[str, ...]


class _Known(NamedTuple):
    title: str
    trace: Trace


class _Traces(NamedTuple):
    """The traces of a project's issues, and until when they are good."""

    issues: dict[str, _Known]
    rarity: Rarity
    until: float


class SimilarIssues:
    """Answers which issues are alike. What it compares is at most a minute old. ``clock`` gives Unix seconds."""

    def __init__(self, store: AnalyticalStore, clock_skew: float, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock_skew = clock_skew
        self._clock = clock
        self._projects: dict[int, _Traces] = {}
        self._reading = asyncio.Lock()

    async def find(self, project: int, issue_id: str, least: float, limit: int) -> list[SimilarIssue]:
        """Issues with a score of ``least`` or more, the most alike first; at most ``limit``."""
        traces = await self._traces(project)
        known = traces.issues.get(issue_id) or await self._issue(project, issue_id)
        if known is None:
            return []
        found = []
        for number, (other, candidate) in enumerate(traces.issues.items()):
            if number % _SLICE == 0:
                await asyncio.sleep(0)
            if other == issue_id or highest(known.trace, candidate.trace, traces.rarity) < least:
                continue
            likeness = similarity(known.trace, candidate.trace, traces.rarity)
            if likeness.score >= least:
                found.append(SimilarIssue(other, candidate.title, round(likeness.score, 3), likeness.shared))
        return sorted(found, key=lambda item: (-item.score, item.issue_id))[:limit]

    async def _traces(self, project: int) -> _Traces:
        async with self._reading:
            kept = self._projects.get(project)
            if kept is not None and self._clock() < kept.until:
                return kept
            span = self._span(project, self._clock() - _SPAN)
            issues = await self._read(span, await recent_issues(self._store, span, MAX_ISSUES))
            self._projects.pop(project, None)
            if len(self._projects) >= _PROJECTS:
                del self._projects[next(iter(self._projects))]
            rarity = Rarity(known.trace for known in issues.values())
            traces = self._projects[project] = _Traces(issues, rarity, self._clock() + _KEPT)
            return traces

    async def _issue(self, project: int, issue_id: str) -> _Known | None:
        """An issue that was not seen lately."""
        return (await self._read(self._span(project, 0.0), [issue_id])).get(issue_id)

    async def _read(self, span: Span, issues: list[str]) -> dict[str, _Known]:
        found = {}
        number = 0
        async for stored in latest_events(self._store, span, issues, 1):
            if (known := _known(stored)) is not None:
                found[stored.issue_id] = known
            number += 1
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        return found

    def _span(self, project: int, start: float) -> Span:
        return Span(project, TimeRange(max(start, 0.0) // 3600 * 3600, None), self._clock_skew)


def _known(stored: StoredEvent) -> _Known | None:
    trace = trace_of(stored.event)
    return None if trace is None else _Known(stored.title, trace)
