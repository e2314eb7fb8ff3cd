"""What a project wants done with its events: the value of ``projects-configured``."""

from typing import Annotated

import msgspec

from schemas.filters import Filters
from schemas.grouping import GroupingSettings
from schemas.scrubbing import Scrubbing


class ProjectConfiguration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The configuration of one project. ``version`` is 0 for the default one and rises by one with each change.
    ``retention_days``: for how many days its events are kept, where that is less than the service keeps them.
    """

    project: int
    version: int = 0
    scrubbing: Scrubbing = Scrubbing()
    filters: Filters = Filters()
    grouping: GroupingSettings = GroupingSettings()
    retention_days: Annotated[int, msgspec.Meta(ge=1, le=36_500)] | None = None
