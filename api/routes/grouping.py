"""How events are grouped: settings tried on history, moves to another version, events side by side, similar issues."""

from typing import Annotated

import msgspec
from msgspec.structs import replace
from multidict import MultiDict

from agents.fingerprint.assign import Grouper
from agents.fingerprint.grouping_v1 import Comparison, compare
from agents.fingerprint.live import MAX_LIVE
from agents.fingerprint.moves import moved
from agents.fingerprint.similarity import LEAST_SCORE
from agents.fingerprint.trial import Attempt, Trial
from agents.fingerprint.versions import VERSIONS
from api.call import Call
from api.declarations import MAX_LIMIT, most, share
from api.errors import ApiError, not_found
from api.models import Page
from api.parameters import TimeRange, event_id_of, fraction, limit, time_range
from api.queries.events import find_event
from api.queries.grouping import Span, recent_issues, try_on_history
from api.queries.similar import SimilarIssue
from api.route import Route
from api.routes.issues import issue_of_call
from schemas.accounts import WRITE
from schemas.grouping import GroupingSettings
from schemas.project import ProjectConfiguration
from schemas.records import Grouping
from stores.events.where import DAY

DEFAULT_SPAN = 7 * DAY
DEFAULT_EVENTS = 2_000
MAX_EVENTS = 10_000
DEFAULT_SIMILAR = 10

_decode_grouping = msgspec.json.Decoder(Grouping).decode


class PreviewRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Settings to try on the events from ``from`` to ``to`` (ISO 8601 or Unix seconds; the last 7 days), at most ``limit``."""

    settings: GroupingSettings
    from_: str | float | None = None
    to: str | float | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_EVENTS)] = DEFAULT_EVENTS


class MoveRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The version that a project moves to."""

    version: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class GroupingVersions(msgspec.Struct, frozen=True):
    """The versions of grouping that there are, the oldest first. New projects begin with ``default``."""

    items: list[str]
    default: str


class EventComparison(msgspec.Struct, frozen=True):
    """Two events' groupings side by side; ``same_issue`` says whether they are one issue."""

    event_id: str
    other: str
    same_issue: bool
    comparison: Comparison


async def list_versions(_call: Call) -> GroupingVersions:
    """The versions of grouping."""
    return GroupingVersions(list(VERSIONS), GroupingSettings().version)


async def preview_grouping(call: Call) -> Trial:
    """What draft settings would change, tried on the latest events of the issues seen last: which would split or merge."""
    project = await call.project()
    wanted = await call.body(PreviewRequest)
    current = (await call.api.operational.configurations.get(project.id)).grouping
    moves = wanted.settings.version != current.version
    # At a move live issues stay as they are: shown is what the version does by itself.
    kept = replace(current, previous=(), live="") if moves else current
    grouper = _grouper(replace(kept, version=wanted.settings.version, rules=wanted.settings.rules))
    given = {"from": wanted.from_, "to": wanted.to}
    query = MultiDict({name: str(value) for name, value in given.items() if value is not None})
    span = Span(
        project.id, time_range(query, call.api.clock(), DEFAULT_SPAN), call.api.settings.max_clock_skew
    )
    return await try_on_history(call.api.events, span, wanted.limit, Attempt(project.id, grouper, moves))


async def move_grouping(call: Call) -> ProjectConfiguration:
    """Move to another version of grouping. Issues that are live keep their events; bugs not seen before are grouped by it."""
    project = await call.project()
    wanted = await call.body(MoveRequest)
    _grouper(GroupingSettings(version=wanted.version))
    span = Span(project.id, TimeRange(0.0, None), call.api.settings.max_clock_skew)
    live = await recent_issues(call.api.events, span, MAX_LIVE)

    def change(before: ProjectConfiguration) -> ProjectConfiguration:
        return replace(before, grouping=moved(before.grouping, wanted.version, live))

    return await call.api.operational.configurations.change(project.id, change)


async def compare_events(call: Call) -> EventComparison:
    """Why two events are, or are not, one issue: their groupings side by side."""
    project, event_id = await call.project(), call.event_id()
    given = call.parts["other"]
    other_id = event_id_of(given)
    event = await find_event(call.api.events, project.id, event_id)
    other = await find_event(call.api.events, project.id, other_id) if other_id else None
    if event is None or other is None:
        raise not_found(f"event {event_id if event is None else given[:100]}")
    return EventComparison(
        event.event_id,
        other.event_id,
        event.issue_id == other.issue_id,
        compare(_decode_grouping(event.grouping), _decode_grouping(other.grouping)),
    )


async def list_similar_issues(call: Call) -> Page[SimilarIssue]:
    """Issues whose latest events have much the same stack trace, the most alike first."""
    issue = await issue_of_call(call)
    merged = issue.scope.merged
    least = fraction(call.query, _LEAST)
    found = await call.api.similar.find(issue.scope.project, issue.id, least, MAX_LIMIT)
    shown = {issue.id}
    similar = []
    for one in found:
        root = merged.root(one.issue_id)
        if root not in shown:
            shown.add(root)
            similar.append(replace(one, issue_id=root))
    return Page(similar[: limit(call.query, DEFAULT_SIMILAR)], None)


def _grouper(settings: GroupingSettings) -> Grouper:
    try:
        return Grouper(settings)
    except ValueError as error:
        raise ApiError(400, "bad_configuration", f"This cannot be used: {error}") from error


_LEAST = share("least", "The least score of what is shown.", LEAST_SCORE)
_PROJECT = "/api/v1/projects/{project}"
ROUTES = (
    Route(
        "GET",
        "/api/v1/issues/{issue}/similar",
        list_similar_issues,
        gives=Page[SimilarIssue],
        query=(_LEAST, most("How many issues are shown at most.", DEFAULT_SIMILAR)),
    ),
    Route("GET", "/api/v1/grouping/versions", list_versions, gives=GroupingVersions),
    Route(
        "POST",
        f"{_PROJECT}/grouping/preview",
        preview_grouping,
        takes=PreviewRequest,
        gives=Trial,
        changes=False,
    ),
    Route(
        "POST",
        f"{_PROJECT}/grouping/move",
        move_grouping,
        WRITE,
        takes=MoveRequest,
        gives=ProjectConfiguration,
    ),
    Route(
        "GET",
        f"{_PROJECT}/events/{{event_id}}/compare/{{other}}",
        compare_events,
        gives=EventComparison,
    ),
)
