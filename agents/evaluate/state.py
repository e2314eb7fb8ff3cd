"""What evaluate remembers of one scope of one rule."""

from dataclasses import dataclass, field

import msgspec

from agents.evaluate.tally import Tally
from schemas.alerts import Alert, AlertIssue, AlertWindow


class Firing(msgspec.Struct, frozen=True, array_like=True):
    """An alert that fired and is not over. ``told`` is what was sent of it: nothing while alerts are held back."""

    alert_id: str
    started: float
    told: Alert | None = None
    value: float | None = None
    threshold: float | None = None
    window: AlertWindow | None = None


class Status(msgspec.Struct, array_like=True):
    """All but the tally. Times are Unix seconds.

    ``since`` is when counting began, ``alerted`` when the last alert began (for cooldown and digest). ``gathered`` are issues
    that wait for a digest, or came in a storm (at most 20), ``gathered_count`` how many there are. ``storm`` is the alert of
    a storm that goes on. ``written`` is when the row was last stored.
    """

    version: int
    since: float
    scope: dict[str, str]
    firing: Firing | None = None
    alerted: float | None = None
    gathered: list[AlertIssue] = []
    gathered_count: int = 0
    storm: Firing | None = None
    written: float = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether nothing goes on that must be remembered."""
        return self.firing is None and self.storm is None and not self.gathered_count


@dataclass
class ScopeState:
    """The status and the tally of a scope, and which of their rows have changed. ``due`` is the earliest time at which a tick
    must look at it."""

    status: Status
    tally: Tally
    due: float = 0.0
    changed: bool = True
    changed_pages: set[int] = field(default_factory=set)
    #: Pages that are no longer needed.
    old_pages: set[int] = field(default_factory=set)
    #: The last records, as (generation, offset), that the stored status and pages hold already. After a crash some of them
    #: come again.
    status_stamp: tuple[int, int] = (-1, -1)
    page_stamps: dict[int, tuple[int, int]] = field(default_factory=dict)
