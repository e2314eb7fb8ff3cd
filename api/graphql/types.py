"""The types of the graph."""

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

import msgspec
import strawberry
from strawberry import Info
from strawberry.scalars import JSON

from api import models
from api.declarations import DEFAULT_LIMIT
from api.graphql import asking as a
from api.graphql.asking import Asking, asking
from api.graphql.structs import Long, of
from api.queries import similar
from api.route import Handler
from api.routes import alerts, events, grouping, issues, rates, releases, rule_bodies, rules, triage
from schemas import alerts as alert_schemas
from schemas import release
from schemas import triage as decisions
from stores import ports

#: The first three are named by the annotations that ``of`` makes.
__all__ = ["JSON", "Activity", "Context", "Issue", "Long", "Project", "datetime"]

T = TypeVar("T")
Context = Info[Asking, Any]
From = Annotated[str | None, strawberry.argument(name="from")]
Texts = list[str] | None


@of(a.PageInfo)
class PageInfo: ...


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    nodes: list[T]
    page_info: PageInfo


@of(decisions.Resolution)
class Resolution: ...


@of(decisions.Mute)
class Mute: ...


@of(release.SuspectCommit)
class SuspectCommit: ...


@of(models.TagValue)
class TagValue: ...


@of(models.TagDistribution)
class TagDistribution: ...


@of(models.Tags)
class Tags: ...


@of(models.ActivityItem)
class Activity: ...


@of(release.ReleaseSummary)
class Release: ...


@of(models.ReleaseHealth)
class ReleaseHealth: ...


@of(models.Series, "previous", "change")
class Series:
    @strawberry.field(description="The points of as many windows right before, where they were asked for.")
    def previous(self) -> JSON | None:
        value = getattr(self, "previous", None)
        return None if value is msgspec.UNSET else value

    @strawberry.field(
        description="By what part the mean of the points differs from that of the previous ones."
    )
    def change(self) -> float | None:
        value = getattr(self, "change", None)
        return None if value is msgspec.UNSET else value


@of(models.ErrorRates)
class ErrorRates: ...


@of(ports.EventSummary)
class Event:
    @asking(description="The issue that it belongs to, over all events that are kept.")
    async def issue(self, info: Context) -> "Issue | None":
        return await info.context.issues.load(self.issue_id)  # type: ignore[attr-defined,return-value]


@of(models.EventDetail)
class EventDetail:
    @asking(description="The issue that it belongs to, over all events that are kept.")
    async def issue(self, info: Context) -> "Issue | None":
        return await info.context.issues.load(self.issue_id)  # type: ignore[attr-defined,return-value]


@of(similar.SimilarIssue)
class SimilarIssue:
    @asking(description="The issue itself, over all events that are kept.")
    async def issue(self, info: Context) -> "Issue | None":
        return await info.context.issues.load(self.issue_id)  # type: ignore[attr-defined,return-value]


@of(alert_schemas.AlertIssue)
class AlertIssue: ...


@of(alerts.AlertAcknowledgement)
class AlertAcknowledgement: ...


@of(alerts.AlertItem)
class Alert: ...


@of(rule_bodies.RuleItem)
class Rule: ...


@of(models.Issue)
class Issue:
    @asking(description="Its events, the newest first.")
    async def events(
        self,
        info: Context,
        from_: From = None,
        to: str | None = None,
        after: str | None = None,
        first: int = DEFAULT_LIMIT,
    ) -> Connection[Event]:
        return await _page(
            self, info, issues.list_issue_events, from_=from_, to=to, cursor=after, limit=first
        )

    @asking(description="How the values of its tags and fields are spread over its latest events.")
    async def tags(self, info: Context, from_: From = None, to: str | None = None) -> Tags:
        return await _of(self, info, issues.show_issue_tags, from_=from_, to=to)

    @asking(description="What happened to it, and what people did with it, the latest first.")
    async def activity(
        self, info: Context, after: str | None = None, first: int = DEFAULT_LIMIT
    ) -> Connection[Activity]:
        return await _page(self, info, triage.list_activity, cursor=after, limit=first)

    @asking(description="Issues whose latest events have much the same stack trace, the most alike first.")
    async def similar(
        self, info: Context, least: float | None = None, first: int = grouping.DEFAULT_SIMILAR
    ) -> list[SimilarIssue]:
        return (await _of(self, info, grouping.list_similar_issues, least=least, limit=first)).items

    @asking(description="The release in which it was seen first.")
    async def first_release(self, info: Context) -> str | None:
        return (await _of(self, info, issues.show_issue)).first_release

    @asking(description="The latest commits of its first release that changed a file of its stack trace.")
    async def suspect_commits(self, info: Context) -> list[SuspectCommit]:
        return (await _of(self, info, issues.show_issue)).suspect_commits


@of(models.ProjectItem)
class Project:
    @asking(description="Issues with their figures, as the search and the other arguments ask for them.")
    async def issues(
        self,
        info: Context,
        query: str | None = None,
        status: str | None = None,
        environment: Texts = None,
        release: Texts = None,
        sort: str | None = None,
        from_: From = None,
        to: str | None = None,
        after: str | None = None,
        first: int = DEFAULT_LIMIT,
    ) -> Connection[Issue]:
        return await _page(
            self,
            info,
            issues.list_issues,
            query=query,
            status=status,
            environment=environment,
            release=release,
            sort=sort,
            from_=from_,
            to=to,
            cursor=after,
            limit=first,
        )

    @asking(description="Events that match a search, the newest first.")
    async def events(
        self,
        info: Context,
        query: str | None = None,
        from_: From = None,
        to: str | None = None,
        after: str | None = None,
        first: int = DEFAULT_LIMIT,
    ) -> Connection[Event]:
        return await _page(
            self, info, events.search_events, q=query, from_=from_, to=to, cursor=after, limit=first
        )

    @asking(description="One event, with why it was grouped so.")
    async def event(self, info: Context, id: str) -> EventDetail | None:
        parts = {"project": _id(self), "event_id": id}
        return await info.context.route(events.show_event, parts)

    @asking(description="Errors, users or sessions by windows.")
    async def error_rates(
        self,
        info: Context,
        measure: str | None = None,
        window: str | None = None,
        step: str | None = None,
        group_by: str | None = None,
        compare: str | None = None,
        timezone: str | None = None,
        environment: Texts = None,
        release: Texts = None,
        level: Texts = None,
        issue: Texts = None,
        from_: From = None,
        to: str | None = None,
        first: int = DEFAULT_LIMIT,
    ) -> ErrorRates:
        return await info.context.rates(
            {"project": _id(self)},
            measure=measure,
            window=window,
            step=step,
            group_by=group_by,
            compare=compare,
            timezone=timezone,
            environment=environment,
            release=release,
            level=level,
            issue=issue,
            from_=from_,
            to=to,
            limit=first,
        )

    @asking(description="What fired, the latest first.")
    async def alerts(
        self,
        info: Context,
        state: str | None = None,
        rule: str | None = None,
        from_: From = None,
        to: str | None = None,
        after: str | None = None,
        first: int = DEFAULT_LIMIT,
    ) -> Connection[Alert]:
        return await _page(
            self,
            info,
            alerts.list_alerts,
            state=state,
            rule=rule,
            from_=from_,
            to=to,
            cursor=after,
            limit=first,
        )

    @asking(description="The rules by which alerts fire.")
    async def rules(
        self, info: Context, after: str | None = None, first: int = DEFAULT_LIMIT
    ) -> Connection[Rule]:
        return await _page(self, info, rules.list_rules, cursor=after, limit=first)

    @asking(description="Releases that were announced, the latest first.")
    async def releases(
        self,
        info: Context,
        from_: From = None,
        to: str | None = None,
        after: str | None = None,
        first: int = DEFAULT_LIMIT,
    ) -> Connection[Release]:
        return await _page(self, info, releases.list_releases, from_=from_, to=to, cursor=after, limit=first)

    @asking(description="What became of the sessions of releases, those with the most sessions first.")
    async def release_health(
        self,
        info: Context,
        environment: Texts = None,
        release: Texts = None,
        from_: From = None,
        to: str | None = None,
        after: str | None = None,
        first: int = DEFAULT_LIMIT,
    ) -> Connection[ReleaseHealth]:
        return await _page(
            self,
            info,
            rates.list_release_health,
            environment=environment,
            release=release,
            from_=from_,
            to=to,
            cursor=after,
            limit=first,
        )


async def _page(root: Any, info: Context, handler: Handler, **query: Any) -> Any:
    """A page of what a route of an issue or a project lists."""
    page: models.Page[Any] = await _of(root, info, handler, **query)
    return a.Connection(page.items, a.PageInfo(page.next_cursor is not None, page.next_cursor))


async def _of(root: Any, info: Context, handler: Handler, **query: Any) -> Any:
    """What a route of an issue or a project answers."""
    part = "issue" if isinstance(root, models.Issue) else "project"
    return await info.context.route(handler, {part: root.id}, **query)


def _id(root: Any) -> str:
    """The objects of the graph are Structs, whatever their resolvers' classes."""
    return str(root.id)
