"""The OpenAPI document: valid, complete, and true of the routes."""

from collections import Counter

from openapi_spec_validator import OpenAPIV31SpecValidator

from api.openapi import openapi
from api.routes import ROUTES
from ingest.openapi import EDGE_PATHS

METHODS = {"get", "post", "put", "patch", "delete"}


def operations(document):
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


async def test_it_is_served_to_anybody_and_valid(served):
    response = await served.client.get("/openapi.json")
    assert response.status == 200 and response.content_type == "application/json"
    document = await response.json()
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")


def test_it_has_every_route_once():
    document = openapi(ROUTES, EDGE_PATHS)
    documented = {(path, method) for path, method, _ in operations(document)}
    assert documented == {(route.path, route.method.lower()) for route in ROUTES} | {
        (path, "post") for path in EDGE_PATHS
    }
    names = Counter(operation["operationId"] for _, _, operation in operations(document))
    assert [name for name, times in names.items() if times > 1] == []


def test_each_operation_says_what_it_does_and_who_may_ask():
    document = openapi(ROUTES, EDGE_PATHS)
    for path, method, operation in operations(document):
        assert operation["summary"], (path, method)
        for parameter in operation.get("parameters", []):
            assert parameter["schema"], (path, parameter)
    for route in ROUTES:
        security = document["paths"][route.path][route.method.lower()]["security"]
        assert [next(iter(way.values())) for way in security] == ([[route.scope]] * 2 if route.scope else [])


def test_pages_say_what_is_in_them():
    document = openapi(ROUTES, EDGE_PATHS)
    answer = document["paths"]["/api/v1/projects/{project}/issues"]["get"]["responses"]["200"]
    reference = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    page = document["components"]["schemas"][reference]
    assert page["properties"]["items"]["items"]["$ref"].endswith("/Issue")


async def test_what_a_route_does_not_declare_is_not_seen(served):
    """So that a parameter cannot work without being documented."""
    for route in ROUTES:
        names = [parameter.name for parameter in route.query]
        assert len(names) == len(set(names)), route
    await served.get("/projects", limit="nonsense")
    await served.get("/projects/1/issues", limit="nonsense", expect=400)
