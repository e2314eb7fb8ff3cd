"""What the step goes by: a project's configuration, compiled, together with the settings of the service."""

from typing import NamedTuple, cast

from msgspec.structs import replace

from agents.fingerprint.assign import Grouper, grouper_of
from agents.fingerprint.enrich import Enricher
from agents.fingerprint.filters import check_filters
from agents.fingerprint.scrub import Scrubber, scrubber_for
from schemas.filters import Filters
from schemas.project import ProjectConfiguration
from schemas.scrubbing import AddressMode, Scrubbing
from settings import Settings

#: From what keeps most of an address to what keeps nothing.
_STRICTNESS: tuple[AddressMode, ...] = ("keep", "truncate", "remove")


class FingerprintConfig(NamedTuple):
    """How the events of one project are treated; ages and skews in seconds."""

    scrubber: Scrubber
    filters: Filters
    grouper: Grouper
    max_clock_skew: float
    max_event_age: float
    enricher: Enricher | None = None


def config_of(
    project: ProjectConfiguration, settings: Settings, enricher: Enricher | None = None
) -> FingerprintConfig:
    """Compile a configuration, which takes tens of milliseconds.

    Raises:
        ValueError: it cannot be used; the message says why.
    """
    check_filters(project.filters)
    return FingerprintConfig(
        scrubber_for(_scrubbing(project.scrubbing, settings)),
        project.filters,
        grouper_of(project.grouping),
        settings.max_clock_skew,
        settings.max_event_age,
        enricher,
    )


def _scrubbing(scrubbing: Scrubbing, settings: Settings) -> Scrubbing:
    """Of the service's and the project's wish for addresses the stricter one holds."""
    service = cast(AddressMode, settings.scrub_addresses)
    return replace(scrubbing, addresses=max(service, scrubbing.addresses, key=_STRICTNESS.index))
