"""How a project wants its events grouped."""

import msgspec


class GroupingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The grouping of one project. ``version`` names the frozen strategies that it goes by."""

    version: str = "v1"
