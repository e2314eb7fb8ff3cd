"""Which project an issue belongs to, which its own id does not say."""

import time
from collections.abc import Callable, Sequence

from api.queries.issue_events import IN_DAYS, ids_in_days
from stores.events.where import Where
from stores.ports import AnalyticalStore

#: Seconds for which an answer is good: every request of a page asks, and an issue never moves to another project. That its
#: events are all gone is noticed after this.
_KEPT = 30.0
_MOST = 20_000


class IssueProjects:
    """Finds the projects of issues that have events. ``clock`` gives seconds that only rise."""

    def __init__(self, store: AnalyticalStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[str, tuple[int, float]] = {}

    async def find(self, projects: Sequence[int], issue_ids: Sequence[str]) -> dict[str, int]:
        """Which of ``projects`` issues belong to; those that are not found in these are left out."""
        now = self._clock()
        found: dict[str, int] = {}
        for issue_id in issue_ids:
            known = self._known.get(issue_id)
            if known is not None and known[0] in projects and now < known[1]:
                found[issue_id] = known[0]
        missing = [issue_id for issue_id in issue_ids if issue_id not in found]
        if missing:
            looked_up = await self._look_up(projects, missing)
            if len(self._known) + len(looked_up) > _MOST:
                self._known.clear()
            self._known |= {id: (project, now + _KEPT) for id, project in looked_up.items()}
            found |= looked_up
        return found

    async def _look_up(self, projects: Sequence[int], issue_ids: Sequence[str]) -> dict[str, int]:
        where = Where()
        where.add(f"project IN {where.parameter('Array(UInt32)', list(projects))}")
        where.add(f"{IN_DAYS} IN {ids_in_days(where, issue_ids)}")
        # Grouped by both, this comes from the projection rather than from all events of the issues.
        rows = await self._store.query(
            f"SELECT project, {IN_DAYS} AS issue FROM events {where.sql} GROUP BY project, issue",
            where.parameters,
        )
        return {row["issue"].hex: int(row["project"]) for row in rows}
