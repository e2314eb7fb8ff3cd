"""What a query of a project's issues must know from the operational store: which are merged, and what was just decided."""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.triage import Decision
from stores.events.where import Where
from stores.operational.merged import MergedIssues
from stores.ports import OperationalStore

#: For how long a decision is taken from where it was written, until the stream has surely brought it to ClickHouse.
OVERLAP = 120.0


class ProjectScope(NamedTuple):
    """A project as its issues are seen now. ``decisions`` are those that ClickHouse may not have yet."""

    project: int
    merged: MergedIssues
    decisions: Sequence[Decision]

    def root(self, where: Where, column: str = "issue_id") -> str:
        """The SQL of the issue that a column's issue is shown as."""
        roots = self.merged.roots
        if not roots:
            return column
        known = where.parameter("Array(String)", list(roots))
        shown = where.parameter("Array(String)", list(roots.values()))
        return f"transform({column}, {known}, {shown}, {column})"


async def project_scope(store: OperationalStore, project: int) -> ProjectScope:
    """A project with all that was decided lately."""
    return ProjectScope(project, await store.merges.of(project), await store.triage.recent(project, OVERLAP))


async def issue_scope(store: OperationalStore, project: int, issue_id: str) -> ProjectScope:
    """A project with what was decided about one issue, whenever that was."""
    merged = await store.merges.of(project)
    triaged = await store.triage.get(project, merged.members(issue_id))
    return ProjectScope(project, merged, [known.decision for known in triaged.values()])
