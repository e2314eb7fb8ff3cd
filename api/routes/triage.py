"""What people do with issues: decide, assign, merge, comment."""

from typing import Annotated, Literal

import msgspec

from api.call import Call
from api.declarations import PAGED
from api.errors import ApiError, not_found
from api.models import ActivityItem, IssueDetail, Page
from api.parameters import cursor, encode_cursor, limit
from api.queries.activity import find_activity, item_of
from api.queries.issues import find_names
from api.queries.latest_release import latest_release
from api.route import Route
from api.routes.issues import ScopedIssue, issue_ids_of, issue_now, issue_of_call
from api.scope import ProjectScope, project_scope
from schemas.accounts import WRITE
from schemas.triage import Mute, Release, Status
from schemas.triage import Resolution as Resolved
from stores.errors import StoreRejected
from stores.operational.triage import Verdict

MAX_ISSUES = 1_000
#: Issues that one request merges.
MAX_MERGED_AT_ONCE = 100
#: Of which a decision writes all members; more would take one transaction too long.
MAX_MEMBERS = 5_000

Assignee = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Comment = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]


class Resolution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From when on an event contradicts that the issue is resolved. ``release`` is for ``in_release`` only."""

    kind: Literal["now", "in_release", "in_next_release"] = "now"
    release: Release | None = None


class IssueChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What changes: the status, with when a resolution is contradicted or a mute ends, and who cares for the issue (null:
    nobody)."""

    status: Status | msgspec.UnsetType = msgspec.UNSET
    resolution: Resolution | None = None
    mute: Mute | None = None
    assignee: Assignee | msgspec.UnsetType | None = msgspec.UNSET


class IssuesChange(IssueChange, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A change of several issues of a project, at most 1,000."""

    ids: list[str]


class Changed(msgspec.Struct, frozen=True):
    """The issues that were changed."""

    changed: list[str]


class Merge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Issues to merge, at most 100, and into which."""

    into: str
    issues: list[str]


class Unmerge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Issues whose merge is to be taken back, at most 100."""

    issues: list[str]


class Unmerged(msgspec.Struct, frozen=True):
    """The issues that were merged, and are issues of their own again."""

    unmerged: list[str]


class NewComment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A comment."""

    text: Comment


async def change_issue(call: Call) -> IssueDetail:
    """Decide about an issue, or assign it. The answer is the issue as it is then."""
    issue = await issue_of_call(call)
    await _change(call, issue.scope, [issue.id], await call.body(IssueChange))
    return await issue_now(call, await issue_of_call(call))


async def change_issues(call: Call) -> Changed:
    """Decide about several issues of a project, or assign them: all of them, or none."""
    project = await call.project()
    wanted = await call.body(IssuesChange)
    ids = issue_ids_of(wanted.ids, MAX_ISSUES)
    await _check_visible(call, [project.id], ids)
    scope = await project_scope(call.api.operational, project.id)
    roots = list(dict.fromkeys(scope.merged.root(id) for id in ids))
    await _change(call, scope, roots, wanted)
    return Changed(roots)


async def _change(call: Call, scope: ProjectScope, issue_ids: list[str], wanted: IssueChange) -> None:
    if wanted.status is msgspec.UNSET and wanted.assignee is msgspec.UNSET:
        raise ApiError(400, "bad_body", "Give a status, an assignee, or both.")
    triage, by = call.api.operational.triage, call.caller.name
    if wanted.status is not msgspec.UNSET:
        _check_fits(wanted)
        groups = {issue_id: scope.merged.members(issue_id) for issue_id in issue_ids}
        members = [member for group in groups.values() for member in group]
        if len(members) > MAX_MEMBERS:
            raise ApiError(400, "bad_body", f"These are more than {MAX_MEMBERS} issues with the merged ones.")
        resolution = await _resolution(call, scope.project, members, wanted.resolution)
        names = await find_names(call.api.events, scope, issue_ids, call.api.settings.max_clock_skew)
        mute = (wanted.mute or Mute()) if wanted.status == "muted" else None
        await triage.decide(scope.project, groups, names, Verdict(wanted.status, resolution, mute), by)
    if wanted.assignee is not msgspec.UNSET:
        await triage.assign(scope.project, issue_ids, wanted.assignee, by)


def _check_fits(wanted: IssueChange) -> None:
    resolution = wanted.resolution
    if resolution is not None and wanted.status != "resolved":
        raise ApiError(400, "bad_body", "A 'resolution' goes with the status 'resolved'.")
    if wanted.mute is not None and wanted.status != "muted":
        raise ApiError(400, "bad_body", "A 'mute' goes with the status 'muted'.")
    if resolution is not None and (resolution.kind == "in_release") != (resolution.release is not None):
        raise ApiError(
            400, "bad_body", "A resolution 'in_release' needs a 'release', and no other takes one."
        )


async def _resolution(
    call: Call, project: int, members: list[str], wanted: Resolution | None
) -> Resolved | None:
    if wanted is None or wanted.kind == "now":
        return None
    if wanted.kind == "in_release":
        return Resolved("in_release", wanted.release)
    release = await latest_release(call.api.events, project, members)
    if release is None:
        raise ApiError(
            400, "no_release", "The events of this issue have no release, so there is no next one."
        )
    return Resolved("in_next_release", release)


async def _check_visible(call: Call, projects: list[int], issue_ids: list[str]) -> dict[str, int]:
    found = await call.api.issue_projects.find(projects, issue_ids)
    for issue_id in issue_ids:
        if issue_id not in found:
            raise not_found(f"issue {issue_id}")
    return found


async def merge_issues(call: Call) -> IssueDetail:
    """Merge issues into another of the same project; the answer is that one. Taken back by ``unmerge``."""
    wanted = await call.body(Merge)
    [into] = issue_ids_of([wanted.into], 1)
    ids = issue_ids_of(wanted.issues, MAX_MERGED_AT_ONCE)
    projects = await _check_visible(call, await call.visible_projects(), [into, *ids])
    project = projects[into]
    if any(projects[issue_id] != project for issue_id in ids):
        raise ApiError(400, "other_project", "Only issues of the same project can be merged.")
    await call.about(project)
    try:
        merged = await call.api.operational.merges.merge(project, into, ids, call.caller.name)
    except StoreRejected as error:
        raise ApiError(400, "too_many_merges", str(error)) from error
    scope = await project_scope(call.api.operational, project)
    return await issue_now(call, ScopedIssue(merged.root(into), scope))


async def unmerge_issues(call: Call) -> Unmerged:
    """Take merges back: the issues are issues of their own again, with all that was merged into them before."""
    wanted = await call.body(Unmerge)
    ids = issue_ids_of(wanted.issues, MAX_MERGED_AT_ONCE)
    projects = await _check_visible(call, await call.visible_projects(), ids)
    unmerged: list[str] = []
    for project in dict.fromkeys(projects.values()):
        await call.about(project)
        of_project = [issue_id for issue_id in ids if projects[issue_id] == project]
        unmerged += await call.api.operational.merges.unmerge(project, of_project, call.caller.name)
    return Unmerged(unmerged)


async def list_activity(call: Call) -> Page[ActivityItem]:
    """What happened to an issue, and what people did with it, the latest first."""
    issue = await issue_of_call(call)
    size = limit(call.query)
    found = await find_activity(
        call.api.events,
        call.api.operational,
        issue.scope.project,
        issue.members,
        cursor(call.query, "activity"),
        size + 1,
    )
    items = [item for _, item in found[:size]]
    if len(found) <= size:
        return Page(items, None)
    at, last = found[size - 1]
    return Page(items, encode_cursor("activity", at, last.id))


async def add_comment(call: Call) -> ActivityItem:
    """Write a comment, at most 10,000 characters of plain text."""
    issue = await issue_of_call(call)
    wanted = await call.body(NewComment)
    entry = await call.api.operational.activities.comment(
        issue.scope.project, issue.id, wanted.text, call.caller.name
    )
    return item_of(entry)


_ISSUE = "/api/v1/issues/{issue}"
ROUTES = (
    Route("PATCH", _ISSUE, change_issue, WRITE, takes=IssueChange, gives=IssueDetail),
    Route(
        "PATCH", "/api/v1/projects/{project}/issues", change_issues, WRITE, takes=IssuesChange, gives=Changed
    ),
    Route("POST", "/api/v1/issues/merge", merge_issues, WRITE, takes=Merge, gives=IssueDetail),
    Route("POST", "/api/v1/issues/unmerge", unmerge_issues, WRITE, takes=Unmerge, gives=Unmerged),
    Route("GET", f"{_ISSUE}/activity", list_activity, gives=Page[ActivityItem], query=PAGED),
    Route("POST", f"{_ISSUE}/activity", add_comment, WRITE, takes=NewComment, gives=ActivityItem),
)
