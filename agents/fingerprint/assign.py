"""Which issue an event belongs to: by the project's rules and its version of grouping. Pure."""

from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from msgspec.structs import replace

from agents.fingerprint.grouping_v1.strategy import netstrings
from agents.fingerprint.live import LiveIssues, read_live
from agents.fingerprint.rules import RuleFault, apply, compile_rules
from agents.fingerprint.versions import VERSIONS, Version
from schemas.event import Event
from schemas.grouping import GroupingSettings
from schemas.records import Component, Grouping

_GIVEN = "given with the event"


class Assigned(NamedTuple):
    """An event's issue, and why."""

    issue_id: str
    grouping: Grouping


class Grouper:
    """The grouping of one project, compiled."""

    def __init__(self, settings: GroupingSettings) -> None:
        """
        Raises:
            RuleFault: an unknown version, or a rule that cannot be used; with its place in the settings.
        """
        self._version = _version(settings.version, "version")
        self._rules = compile_rules(settings.rules) if settings.rules else None
        self._previous = [_version(name, f"previous[{at}]") for at, name in enumerate(settings.previous)]
        self._live = _live(settings.live)

    def assign(self, project: int, event: Event) -> Assigned:
        """The issue of a normalised event.

        An issue that was live when the project moved to another version keeps its events: where the event's issue by a
        previous version was live then, that is its issue still.
        """
        for version in self._previous:
            earlier = self._assigned(project, event, version)
            if earlier.issue_id in self._live:
                hint = f"its issue was live when the project moved to {self._version.name}, so it keeps its version"
                components = (*earlier.grouping.components, Component("version", False, hint, version.name))
                return Assigned(earlier.issue_id, replace(earlier.grouping, components=components))
        return self._assigned(project, event, self._version)

    def _assigned(self, project: int, event: Event, version: Version) -> Assigned:
        if self._rules is None:
            grouping = version.group(event, _GIVEN)
        else:
            applied = apply(self._rules, event, version.without_variables)
            grouping = applied.explained(version.group(applied.event, applied.given_by or _GIVEN))
        return Assigned(issue_id(project, grouping.version, grouping.fingerprint), grouping)


@lru_cache(maxsize=256)
def grouper_of(settings: GroupingSettings) -> Grouper:
    """What groups as a project wants it.

    Raises:
        RuleFault: the settings cannot be used.
    """
    return Grouper(settings)


def issue_id(project: int, version: str, fingerprint: tuple[str, ...]) -> str:
    """32 hex digits of BLAKE2b (RFC 7693) over project, grouping version and fingerprint, each as a netstring."""
    return blake2b(netstrings([str(project), version, *fingerprint]), digest_size=16).hexdigest()


def _live(text: str) -> LiveIssues:
    try:
        return read_live(text)
    except ValueError as error:
        raise RuleFault("live", str(error)) from error


def _version(name: str, place: str) -> Version:
    if name not in VERSIONS:
        raise RuleFault(place, f"there is no version {name!r} of grouping; there are {', '.join(VERSIONS)}")
    return VERSIONS[name]
