"""The table of what was last decided about each issue. triage writes it, and track reads the rows of the same partition."""

import msgspec

from agents.stage import StageApp
from agents.table import StateTable
from schemas.triage import Decision

_decoder = msgspec.json.Decoder(Decision)


class TriagedTable:
    """Decisions by issue. A row is the value of the record that brought it."""

    def __init__(self, app: StageApp) -> None:
        self.rows = StateTable.shared(app, "triaged")

    def get(self, partition: int, issue: bytes) -> Decision | None:
        """What was last decided about an issue of a partition, or None."""
        stored = self.rows.get(partition, issue)
        return _decoder.decode(stored) if stored else None
