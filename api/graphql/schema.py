"""The graph: what can be asked for, and what can be changed."""

from collections.abc import Iterator
from functools import partial
from typing import Any, TypeVar

import msgspec
import strawberry
from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import MaxTokensLimiter, SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.schema.schema import validate_document
from strawberry.types import ExecutionContext, ExecutionResult

from api.call import Call
from api.errors import ApiError
from api.graphql.asking import Asking, asking, changing
from api.graphql.limits import MAX_TOKENS, check, measure
from api.graphql.structs import LONG, Long
from api.graphql.types import Activity, Context, Issue, Project
from api.routes import ROUTES, issues, projects, triage

T = TypeVar("T")


@strawberry.type
class Query:
    """What can be asked for."""

    @asking(description="The projects that the caller may see.")
    async def projects(self, info: Context) -> list[Project]:
        return (await info.context.route(projects.list_projects, {})).items

    @asking(description="A project, by its id or its slug.")
    async def project(self, info: Context, id: str) -> Project | None:
        return await info.context.route(projects.show_project, {"project": id})

    @asking(description="An issue, over all events that are kept.")
    async def issue(self, info: Context, id: str) -> Issue | None:
        return await info.context.route(issues.show_issue, {"issue": id})


@strawberry.type
class Mutation:
    """What can be changed; it takes the scope `write`, and goes into the audit log."""

    @changing(description="Decide about an issue: unresolved, resolved or muted.")
    async def set_status(self, info: Context, issue: str, status: str) -> Issue | None:
        wanted = _body(triage.IssueChange, {"status": status})
        return await info.context.route(triage.change_issue, {"issue": issue}, wanted)

    @changing(description="Say who cares for an issue; nobody, where that is null.")
    async def assign(self, info: Context, issue: str, assignee: str | None = None) -> Issue | None:
        wanted = _body(triage.IssueChange, {"assignee": assignee})
        return await info.context.route(triage.change_issue, {"issue": issue}, wanted)

    @changing(description="Merge issues into another of the same project; taken back by unmerge.")
    async def merge(self, info: Context, into: str, issues: list[str]) -> Issue | None:
        wanted = _body(triage.Merge, {"into": into, "issues": issues})
        return await info.context.route(triage.merge_issues, {}, wanted)

    @changing(description="Take merges back; answers with the issues that stand by themselves again.")
    async def unmerge(self, info: Context, issues: list[str]) -> list[str] | None:
        wanted = _body(triage.Unmerge, {"issues": issues})
        return (await info.context.route(triage.unmerge_issues, {}, wanted)).unmerged

    @changing(description="Write a comment on an issue.")
    async def comment(self, info: Context, issue: str, text: str) -> Activity | None:
        wanted = _body(triage.NewComment, {"text": text})
        return await info.context.route(triage.add_comment, {"issue": issue}, wanted)


def _body(kind: type[T], fields: dict[str, Any]) -> T:
    """A body as the REST routes take it."""
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        raise ApiError(400, "bad_body", f"The arguments do not fit: {error}") from error


class Limited(SchemaExtension):
    """Validates a query, and bounds what a valid one may cost."""

    def on_validate(self) -> Iterator[None]:
        """In place of Strawberry's validation, which is left out where there is an outcome already."""
        context = self.execution_context
        assert context.graphql_document is not None
        schema, document = context.schema._schema, context.graphql_document
        errors = validate_document(schema, document, context.validation_rules)
        if not errors:
            try:
                check(measure(schema, document, context.variables or {}))
            except GraphQLError as error:
                errors = [error]
        context.pre_execution_errors = errors
        yield


class Graph(strawberry.Schema):
    """Leaves it to the route to log what went wrong."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Nothing."""


async def execute(query: str, variables: dict[str, Any] | None, name: str | None, call: Call) -> Any:
    """The result of a query; ``name`` is that of the operation, where it has several."""
    try:
        return await SCHEMA.execute(query, variables, Asking(call, ROUTES), operation_name=name)
    except (MissingQueryError, CannotGetOperationTypeError) as error:
        message = (
            "There is no query." if isinstance(error, MissingQueryError) else error.as_http_error_reason()
        )
        return ExecutionResult(None, [GraphQLError(message)])


SCHEMA = Graph(
    Query,
    Mutation,
    extensions=[partial(MaxTokensLimiter, max_token_count=MAX_TOKENS), Limited],
    config=StrawberryConfig(scalar_map={Long: LONG}),
)
