"""Which issues of a project are merged: a forest, worked out from who was merged into whom."""

from collections.abc import Iterable, Mapping

from stores.errors import StoreRejected

#: Most issues of a project that may be merged into others: every query of its issues carries them.
MAX_MERGED = 10_000


class MergedIssues:
    """The merges of one project, by issue and the issue that it was merged into.

    A merged issue keeps those that were merged into it before, so that taking a merge back gives exactly what was there.
    """

    def __init__(self, parents: Mapping[str, str] | None = None) -> None:
        self.parents = dict(parents or {})
        self._roots = {issue: self._walk(issue) for issue in self.parents}
        self._members: dict[str, list[str]] = {}
        for issue, root in self._roots.items():
            self._members.setdefault(root, [root]).append(issue)

    def _walk(self, issue: str) -> str:
        while (parent := self.parents.get(issue)) is not None:
            issue = parent
        return issue

    @property
    def roots(self) -> Mapping[str, str]:
        """The issue that each merged one is shown as."""
        return self._roots

    def root(self, issue: str) -> str:
        """The issue that an issue is shown as: itself where it is not merged."""
        return self._roots.get(issue, issue)

    def members(self, issue: str) -> list[str]:
        """All issues that are shown as the same as ``issue``, that one first."""
        root = self.root(issue)
        return self._members.get(root, [root])

    def expand(self, issues: Iterable[str]) -> list[str]:
        """The members of all of these issues, each once."""
        return list(dict.fromkeys(member for issue in issues for member in self.members(issue)))

    def merged(self, issues: Iterable[str], into: str) -> dict[str, str]:
        """The merges that put these issues, and what was merged into them, into ``into``: by issue, the issue that it goes
        into. Issues that are there already are left out.

        Raises:
            StoreRejected: there would be more than ``MAX_MERGED``.
        """
        target = self.root(into)
        roots = dict.fromkeys(self.root(issue) for issue in issues)
        new = {root: target for root in roots if root != target}
        if len(self.parents) + len(new) > MAX_MERGED:
            raise StoreRejected(f"A project may have at most {MAX_MERGED} merged issues.")
        return new
