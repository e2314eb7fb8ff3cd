"""The versions of grouping that there are. A project keeps its version until it moves; none is ever taken away."""

from collections.abc import Callable
from typing import NamedTuple

from agents.fingerprint import grouping_v1
from agents.fingerprint.grouping_v1.message import without_variables
from schemas.event import Event
from schemas.records import Grouping


class Version(NamedTuple):
    """One version. ``group(event, given_by)``: the grouping, where ``given_by`` says who gave the event's fingerprint.

    ``without_variables`` replaces the variable parts of a message, as the version itself does.
    """

    name: str
    group: Callable[[Event, str], Grouping]
    without_variables: Callable[[str], str]


VERSIONS = {
    version.name: version for version in (Version(grouping_v1.VERSION, grouping_v1.group, without_variables),)
}
