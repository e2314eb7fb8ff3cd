"""Which issues are merged, as the agents look it up: rules and alerts speak of the issue that people see."""

from collections.abc import Mapping

import msgspec

from agents.followed import FollowedTopic
from agents.stage import StageApp
from schemas.triage import IssueMerge
from stores.operational.merged import MergedIssues

TOPIC = "fingerprints-merged"

_decode = msgspec.json.Decoder(IssueMerge).decode


class FollowedMerges:
    """The merges of all projects."""

    def __init__(self, app: StageApp) -> None:
        self._followed: FollowedTopic[IssueMerge] = app.follow(TOPIC, _decode)
        self._changes = -1
        self._roots: Mapping[str, str] = {}

    async def current(self) -> Mapping[str, str]:
        """The issue that each merged one is shown as.

        Raises:
            StoreUnavailable: nothing is known yet, and the log cannot be read.
        """
        merges = await self._followed.current()
        if self._followed.changes != self._changes:
            self._roots = MergedIssues({merge.issue_id: merge.into for merge in merges.values()}).roots
            self._changes = self._followed.changes
        return self._roots
