"""Every route, as every role, as a stranger, and as somebody of another organisation."""

import re

import pytest
import sqlalchemy as sa

from api.auth import Grant
from api.routes import ROUTES
from schemas.accounts import ROLES, SCOPES
from stores.operational.engine import transaction
from stores.operational.tables import organisations

#: What stands for the parts of a path: things that are there.
PARTS = {"project": "1", "organisation": "1", "issue": "0" * 32, "event_id": "0" * 32}


def path_of(route):
    path = re.sub(r"\{(\w+)\}", lambda match: PARTS.get(match[1], "1"), route.path)
    return path.removeprefix("/api/v1")


WALKED = [route for route in ROUTES if route.scope is not None and not route.path.endswith("/stream")]


async def person_of(served, person, role, organisation=1):
    email = f"{role}{organisation}@example.com"
    await served.api.operational.users.add(email, role, "correct horse battery", organisation, role)
    somebody = person()
    assert await somebody.log_in(email) == 200
    return somebody


async def test_a_stranger_gets_nothing(person):
    stranger = person()
    for route in WALKED:
        status, answer = await stranger.send(route.method, path_of(route), {})
        assert (status, answer["error"]["code"]) == (401, "unauthorised"), route
        status, _ = await stranger.send(route.method, path_of(route), {}, Authorization="Bearer wrong")
        assert status == 401, route


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_do_what_its_scopes_say(served, person, role):
    somebody = await person_of(served, person, role)
    for route in WALKED:
        if "member" in route.path and route.method == "DELETE":
            continue  # it would take the walker out
        status, answer = await somebody.send(route.method, path_of(route), {})
        may = Grant(1, SCOPES[role]).has(route.scope)
        assert (status == 403) is not may, (role, route, answer)
        assert status != 401 and status < 500, (role, route, answer)


async def test_another_organisation_sees_nothing_of_this_one(served, person):
    store = served.api.operational
    async with transaction(store._engine, writes=True) as connection:
        await connection.execute(sa.insert(organisations).values(slug="other", name="Other", created=0.0))
    somebody = await person_of(served, person, "owner", 2)
    for route in WALKED:
        if "{" not in route.path:
            continue
        status, answer = await somebody.send(route.method, path_of(route), {})
        assert status in (400, 404), (route, answer)
        if "{project}" in route.path or "{organisation}" in route.path:
            assert status == 404, (route, answer)
    assert (await somebody.send("GET", "/projects"))[1]["items"] == []
    assert [o["slug"] for o in (await somebody.send("GET", "/organisations"))[1]["items"]] == ["other"]
