"""The graph: the same data as the routes, with the same access, within bounds."""

import msgspec
import pytest
from event_factory import hex_id, make_record, store_events

from api import models
from api.graphql.schema import SCHEMA
from api.routes.alerts import AlertItem
from api.routes.rule_bodies import RuleItem
from stores.ports import EventSummary
from tests.api.conftest import ALL, NARROW, WRITER

A, B = hex_id("a"), hex_id("b")


@pytest.fixture
async def run(served):
    records = [make_record(n, issue="a" if n < 3 else "b", release="shop@1.0") for n in range(4)]
    await store_events(served.api.events, records)

    async def run(query, token=ALL, expect=200, **variables):
        response = await served.client.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )
        answer = await response.json()
        assert response.status == expect, answer
        return answer

    return run


def camel(name):
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


@pytest.mark.parametrize(
    ("name", "struct"),
    [
        ("Project", models.ProjectItem),
        ("Issue", models.Issue),
        ("Event", EventSummary),
        ("EventDetail", models.EventDetail),
        ("Tags", models.Tags),
        ("ErrorRates", models.ErrorRates),
        ("Series", models.Series),
        ("Alert", AlertItem),
        ("Rule", RuleItem),
    ],
)
def test_types_have_the_fields_of_the_structs(name, struct):
    fields = SCHEMA._schema.get_type(name).fields
    assert {camel(field.name) for field in msgspec.structs.fields(struct)} <= set(fields)


async def test_one_query_asks_for_much(served, run):
    answer = await run(
        """
        query Page($project: String!, $search: String) {
          project(id: $project) {
            slug
            issues(query: $search, first: 10, sort: "count") {
              nodes {
                id count firstSeen sparkline firstRelease
                events(first: 2) { nodes { eventId tags issue { id title } } pageInfo { hasNextPage endCursor } }
                tags { events fields { key values { value count } } }
                activity { nodes { kind } }
                similar { issueId issue { title } }
              }
              pageInfo { hasNextPage }
            }
            events(query: "failed", first: 1) { nodes { issueId } pageInfo { endCursor } }
            errorRates(window: "1h", groupBy: "level") { window series { by points previous change } }
          }
          projects { id }
        }
        """,
        project="1",
        search="times:>2",
    )
    assert "errors" not in answer, answer["errors"]
    project = answer["data"]["project"]
    [issue] = project["issues"]["nodes"]
    rest = await served.get(f"/issues/{A}")
    assert (issue["id"], issue["count"], issue["sparkline"]) == (A, 3, rest["sparkline"])
    assert issue["firstRelease"] == "shop@1.0"
    assert issue["events"]["pageInfo"]["hasNextPage"] is True
    assert [event["issue"] for event in issue["events"]["nodes"]] == [{"id": A, "title": rest["title"]}] * 2
    assert issue["tags"]["events"] == 3
    assert [other["issueId"] for other in issue["similar"]] == [B]
    assert project["errorRates"]["window"] == 3600
    assert [one["id"] for one in answer["data"]["projects"]] == ["1", "2"]
    # A cursor goes on where the page ended.
    query = (
        'query ($after: String) { issue(id: "%s") { events(first: 2, after: $after) { nodes { eventId } } } }'
    )
    after = issue["events"]["pageInfo"]["endCursor"]
    following = (await run(query % A, after=after))["data"]["issue"]["events"]["nodes"]
    assert len(following) == 1
    assert following[0]["eventId"] not in [event["eventId"] for event in issue["events"]["nodes"]]


async def test_one_event_with_its_grouping(run):
    [event] = (await run('{ project(id: "1") { events(first: 1) { nodes { eventId } } } }'))["data"][
        "project"
    ]["events"]["nodes"]
    query = (
        'query ($id: String!) { project(id: "1") { event(id: $id) { level grouping event issue { id } } } }'
    )
    found = (await run(query, id=event["eventId"]))["data"]["project"]["event"]
    assert found["grouping"] and found["event"]["exceptions"] and found["issue"]["id"] == B


async def test_who_may_not_see_sees_nothing(run):
    assert (await run("{ __schema { types { name } } }", token=None, expect=401))["error"]["code"]
    await run("{ projects { id } }", token=WRITER, expect=403)
    answer = await run(
        f'{{ projects {{ id }} project(id: "1") {{ id }} issue(id: "{A}") {{ id }} }}', token=NARROW
    )
    assert answer["data"] == {"projects": [{"id": "2"}], "project": None, "issue": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["not_found", "not_found"]
    answer = await run(f'mutation {{ setStatus(issue: "{A}", status: "resolved") {{ id }} }}', token=NARROW)
    assert answer["errors"][0]["extensions"] == {"code": "missing_scope", "detail": {"scope": "write"}}


async def test_mutations_change_and_are_in_the_audit_log(served, run):
    answer = await run(
        f"""mutation {{
          setStatus(issue: "{A}", status: "resolved") {{ status }}
          assign(issue: "{A}", assignee: "ann@example.com") {{ assignee }}
          comment(issue: "{A}", text: "It was the cache.") {{ kind detail }}
          merge(into: "{A}", issues: ["{B}"]) {{ id count }}
        }}"""
    )
    assert "errors" not in answer, answer["errors"]
    data = answer["data"]
    assert data["setStatus"] == {"status": "resolved"}
    assert data["assign"] == {"assignee": "ann@example.com"}
    assert data["merge"] == {"id": A, "count": 4}
    assert (await served.get(f"/issues/{B}"))["id"] == A
    changes = (await served.get("/organisations/1/audit"))["items"]
    assert [change["target"] for change in changes[:4]] == [
        "/api/v1/issues/merge",
        f"/api/v1/issues/{A}/activity",
        f"/api/v1/issues/{A}",
        f"/api/v1/issues/{A}",
    ]
    answer = await run(f'mutation {{ setStatus(issue: "{A}", status: "gone") {{ id }} }}')
    assert answer["errors"][0]["extensions"]["code"] == "bad_body"
    assert (await run(f'mutation {{ unmerge(issues: ["{B}"]) }}'))["data"] == {"unmerge": [B]}


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("{", "Syntax"),
        ("{ nothing }", "nothing"),
        (
            "{ projects { issues { nodes { " + "events { nodes { issue { " * 3 + "id" + " }" * 13,
            "deep",
        ),
        ("{ projects { issues(first: 1000) { nodes { id } } } }", "cost"),
        ("query ($n: Int!) { projects { issues(first: $n) { nodes { similar { score } } } } }", "cost"),
        ("{ projects { id } " + " ".join(f"p{n}: projects {{ id }}" for n in range(200)) + "}", "cost"),
        ("{ " + "p: projects { id } " * 800 + "}", "token"),
        ("{" * 200, "brackets"),
        ("", "no query"),
        ("subscription { projects }", "subscription"),
        ("{ " + "__schema { types { fields { type { " * 4 + "name" + " }" * 17, "ntrospection|Cannot"),
        (
            "{ projects { ...f0 } } "
            + " ".join(f"fragment f{n} on Project {{ ...f{n + 1} ...f{n + 1} }}" for n in range(30))
            + " fragment f30 on Project { id }",
            None,
        ),
        (
            "{ projects { ...f0 } } "
            + " ".join(f"fragment f{n} on Project {{ a: issues {{ nodes {{ id }} }} }}" for n in range(1)),
            None,
        ),
    ],
)
async def test_queries_are_bounded(run, query, says):
    answer = await run(query, n=1000)
    if says is None:
        assert "errors" not in answer, answer
        return
    [error, *_] = answer["errors"]
    assert error["extensions"]["code"] == "bad_query"
    assert any(one in error["message"] for one in says.split("|")), error
    assert answer["data"] is None


async def test_mistakes_in_arguments_are_told_as_by_the_routes(run):
    answer = await run('{ project(id: "1") { issues(query: "times:many") { nodes { id } } } }')
    [error] = answer["errors"]
    assert error["path"] == ["project", "issues"] and error["locations"]
    assert error["extensions"] == {"code": "bad_search", "detail": {"parameter": "query", "position": 6}}


async def test_rules_and_alerts(served, run):
    rule = {"name": "Any", "condition": {"kind": "count", "window": 60, "above": 5}}
    response = await served.client.post(
        "/api/v1/projects/1/rules", json=rule, headers={"Authorization": f"Bearer {ALL}"}
    )
    made = await response.json()
    answer = await run(
        """{ project(id: "1") {
          rules { nodes { id name condition channels enabled } pageInfo { hasNextPage } }
          alerts(state: "firing") { nodes { id acknowledged { by } issues { id } } }
        } }"""
    )
    assert "errors" not in answer, answer["errors"]
    [found] = answer["data"]["project"]["rules"]["nodes"]
    assert found == {name: made[name] for name in found}
    assert answer["data"]["project"]["alerts"]["nodes"] == []
