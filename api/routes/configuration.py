"""What a project has configured: scrubbing, filters, grouping and retention."""

from typing import Annotated

import msgspec

from agents.fingerprint.config import config_of
from agents.fingerprint.moves import with_rules_of
from api.call import Call
from api.errors import ApiError
from api.route import Route
from schemas.accounts import WRITE
from schemas.filters import Filters
from schemas.grouping import GroupingSettings
from schemas.project import ProjectConfiguration
from schemas.scrubbing import Scrubbing
from settings import DAY, Settings

Part = Scrubbing | Filters | GroupingSettings


class ConfigurationChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parts that change; each replaces that part as a whole. ``version``: the version that was changed, so that two
    people do not overwrite each other; left out, whatever there is."""

    scrubbing: Scrubbing | msgspec.UnsetType = msgspec.UNSET
    filters: Filters | msgspec.UnsetType = msgspec.UNSET
    grouping: GroupingSettings | msgspec.UnsetType = msgspec.UNSET
    retention_days: Annotated[int, msgspec.Meta(ge=1)] | msgspec.UnsetType | None = msgspec.UNSET
    version: int | None = None


async def show_configuration(call: Call) -> ProjectConfiguration:
    """A project's configuration."""
    project = await call.project()
    return await call.api.operational.configurations.get(project.id)


async def change_configuration(call: Call) -> ProjectConfiguration:
    """Change a project's configuration.

    Events that arrive some seconds later go by it.
    """
    project = await call.project()
    wanted = await call.body(ConfigurationChange)

    def change(before: ProjectConfiguration) -> ProjectConfiguration:
        if wanted.version is not None and wanted.version != before.version:
            raise ApiError(
                409,
                "changed_meanwhile",
                f"The configuration is at version {before.version} by now. Look at it again, then change it.",
                {"version": before.version},
            )
        parts = {name: part for name in _PARTS if (part := getattr(wanted, name)) is not msgspec.UNSET}
        try:
            if isinstance(wanted.grouping, GroupingSettings):
                parts["grouping"] = with_rules_of(before.grouping, wanted.grouping)
            after = msgspec.structs.replace(before, **parts)
            config_of(after, call.api.settings)
            _check_retention(after, call.api.settings)
        except ValueError as error:
            raise ApiError(400, "bad_configuration", f"This cannot be used: {error}") from error
        return after

    return await call.api.operational.configurations.change(project.id, change)


def _check_retention(configuration: ProjectConfiguration, settings: Settings) -> None:
    days = configuration.retention_days
    if days is not None and days * DAY > settings.events_retention:
        raise ValueError(
            f"retention_days is {days}, but the service keeps events for {settings.events_retention / DAY:g} days"
        )


_PARTS = ("scrubbing", "filters", "grouping", "retention_days")
_PATH = "/api/v1/projects/{project}/configuration"
ROUTES = (
    Route("GET", _PATH, show_configuration, gives=ProjectConfiguration),
    Route("PATCH", _PATH, change_configuration, WRITE, takes=ConfigurationChange, gives=ProjectConfiguration),
)
