"""How a project's grouping changes: its rules at any time, its version only by a move, which keeps live issues whole. Pure."""

from collections.abc import Collection

from msgspec.structs import replace

from agents.fingerprint.live import write_live
from schemas.grouping import GroupingSettings


def with_rules_of(before: GroupingSettings, wanted: GroupingSettings) -> GroupingSettings:
    """The settings before, with other rules.

    Raises:
        ValueError: another version is wanted than the project has.
    """
    if wanted.version != before.version:
        raise ValueError(
            f"grouping.version is {wanted.version!r}, but the project has {before.version!r}. Give that one; a project"
            " moves to another version by POST /api/v1/projects/{project}/grouping/move."
        )
    return replace(before, rules=wanted.rules)


def moved(before: GroupingSettings, version: str, live: Collection[str]) -> GroupingSettings:
    """The settings after a move to a version: events of the ``live`` issues (their ids) go on being grouped by the version
    that made them.

    Raises:
        ValueError: there are more live issues than can be kept.
    """
    previous = before.previous
    if version != before.version and before.version not in previous:
        previous = (*previous, before.version)
    return replace(before, version=version, previous=previous, live=write_live(live))
