"""People: first owner, invitations, roles, teams, sessions, and what the audit log says of it."""

import pytest

from stores.ports import OperationalStore
from tests.api.people import PASSWORD


@pytest.fixture
async def owner(served, person):
    _, secret = await served.api.operational.organisations.invite(1, "", "owner")
    somebody = person()
    await somebody.accept(secret, "owner@example.com", "Ada")
    return somebody


async def join(served, person, role):
    store: OperationalStore = served.api.operational
    _, secret = await store.organisations.invite(1, f"{role}@example.com", role)
    somebody = person()
    await somebody.accept(secret)
    return somebody


async def test_the_first_owner_comes_by_a_link_that_is_good_once(served, operational, person):
    from settings import Settings
    from stores.operational.bootstrap import bootstrap

    stale = (await bootstrap(operational, Settings())).invitation
    secret = (await bootstrap(operational, Settings())).invitation
    somebody = person()
    assert await somebody.send("GET", "/session/ways") == (
        200,
        {"password": True, "openid": False, "users": False},
    )
    assert await somebody.send("GET", "/session") == (204, None)
    assert (await somebody.send("GET", f"/invitation?secret={stale}"))[0] == 404
    status, shown = await somebody.send("GET", f"/invitation?secret={secret}")
    assert (status, shown["role"], shown["email"]) == (200, "owner", "")
    for body in (
        {"password": PASSWORD, "email": "nobody"},
        {"password": "short", "email": "a@b.example"},
        {},
    ):
        assert (await somebody.send("POST", "/invitation", {"secret": secret, **body}))[0] in (400, 409)
    await somebody.accept(secret, "Ada@Example.com", "Ada")
    status, session = await somebody.send("GET", "/session")
    assert session["user"]["email"] == "ada@example.com"
    assert session["memberships"][0]["role"] == "owner"
    assert (
        await somebody.send(
            "POST", "/invitation", {"secret": secret, "email": "x@y.example", "password": PASSWORD}
        )
    )[0] == 409
    assert (await bootstrap(operational, Settings())).invitation is None


async def test_logging_in_and_out(served, person, owner):
    somebody = person()
    assert await somebody.log_in("owner@example.com", "wrong password") == 401
    assert await somebody.log_in("nobody@example.com") == 401
    assert (await somebody.send("GET", "/projects"))[0] == 401
    assert await somebody.log_in("OWNER@example.com") == 200
    assert len((await somebody.send("GET", "/projects"))[1]["items"]) == 2
    status, error = await somebody.send("POST", "/projects", {"name": "x"}, **{"X-CSRF-Token": "0" * 32})
    assert (status, error["error"]["code"]) == (403, "csrf")
    assert (await somebody.send("DELETE", "/session"))[0] == 204
    assert (await somebody.send("GET", "/projects"))[0] == 401
    assert (await owner.send("GET", "/projects"))[0] == 200


async def test_guessing_a_password_is_slowed_down(served, person, owner):
    somebody = person()
    answers = [await somebody.log_in("owner@example.com", "wrong password") for _ in range(11)]
    assert answers == [401] * 10 + [429]
    assert await somebody.log_in("owner@example.com") == 429


async def test_a_new_password_ends_every_session(served, person, owner):
    other = person()
    assert await other.log_in("owner@example.com") == 200
    change = {"password": "another long password", "present_password": "wrong"}
    assert (await owner.send("PATCH", "/profile", change))[0] == 403
    change["present_password"] = PASSWORD
    assert (await owner.send("PATCH", "/profile", change))[0] == 200
    served.api.access.forget_session(next(iter(other.client.session.cookie_jar)).value)
    assert (await other.send("GET", "/projects"))[0] == 401
    assert (await owner.send("GET", "/projects"))[0] == 200
    assert await other.log_in("owner@example.com", "another long password") == 200


async def test_roles_and_the_last_owner(served, person, owner):
    admin, viewer = await join(served, person, "admin"), await join(served, person, "viewer")
    members = {m["role"]: m["id"] for m in (await owner.send("GET", "/organisations/1/members"))[1]["items"]}
    assert set(members) == {"owner", "admin", "viewer"}

    async def change(who, member, role):
        return (await who.send("PATCH", f"/organisations/1/members/{members[member]}", {"role": role}))[0]

    assert await change(viewer, "viewer", "admin") == 403
    assert await change(admin, "viewer", "owner") == 403
    assert await change(admin, "owner", "viewer") == 403
    assert (await admin.send("POST", "/organisations/1/invitations", {"role": "owner"}))[0] == 403
    assert await change(owner, "owner", "admin") == 409
    assert await change(admin, "viewer", "member") == 204
    assert await change(owner, "admin", "owner") == 204
    assert (await owner.send("DELETE", f"/organisations/1/members/{members['owner']}"))[0] == 204
    served.api.access._sessions._answers.clear()
    assert (await owner.send("GET", "/projects"))[0] == 401
    assert (await admin.send("GET", "/organisations/default/members"))[0] == 200


async def test_invitations(served, person, owner):
    status, made = await owner.send(
        "POST", "/organisations/1/invitations", {"email": "New@Example.com", "role": "member"}
    )
    assert status == 200
    page, _, secret = made["url"].partition("#")
    assert page.endswith("/invitation")
    items = (await owner.send("GET", "/organisations/1/invitations"))[1]["items"]
    assert [item["email"] for item in items] == ["new@example.com"]
    assert secret not in str(items)
    new = person()
    await new.accept(secret, "other@example.com")
    assert (await new.send("GET", "/session"))[1]["user"]["email"] == "new@example.com"
    _, made = await owner.send("POST", "/organisations/1/invitations", {})
    assert (await owner.send("DELETE", f"/organisations/1/invitations/{made['invitation']['id']}"))[0] == 204
    assert (await new.send("GET", "/invitation?secret=" + made["url"].partition("#")[2]))[0] == 404


async def test_a_project_of_a_team_is_the_teams(served, person, owner):
    member, viewer = await join(served, person, "member"), await join(served, person, "viewer")
    ids = {m["role"]: m["id"] for m in (await owner.send("GET", "/organisations/1/members"))[1]["items"]}
    _, team = await owner.send("POST", "/organisations/1/teams", {"name": "Shop"})
    path = f"/organisations/1/teams/{team['id']}"
    assert (await owner.send("PATCH", path, {"members": ["99"]}))[0] == 409
    change = {"members": [ids["member"]], "projects": ["2"]}
    assert (await owner.send("PATCH", path, change))[0] == 204
    assert (await owner.send("GET", "/organisations/1/teams"))[1]["items"][0]["projects"] == ["2"]
    served.api.access._sessions._answers.clear()
    seen = [await one.send("GET", "/projects/2") for one in (owner, member, viewer)]
    assert [status for status, _ in seen] == [200, 200, 404]
    assert (await owner.send("DELETE", path))[0] == 204
    served.api.access._sessions._answers.clear()
    assert (await viewer.send("GET", "/projects/2"))[0] == 200


async def test_projects_keys_and_tokens(served, person, owner):
    status, made = await owner.send("POST", "/projects", {"name": "Mobile"})
    assert status == 200 and made["dsn"].endswith("/" + made["project"]["id"])
    project = f"/projects/{made['project']['id']}"
    assert (await owner.send("POST", "/projects", {"name": "mobile"}))[0] == 409
    assert (await owner.send("PATCH", project, {"name": "Mobile app"}))[1]["name"] == "Mobile app"
    _, key = await owner.send("POST", f"{project}/keys", {"label": "beta", "rate_limit": 5})
    public_key = key["dsn"].partition("://")[2].partition("@")[0]
    keys = (await owner.send("GET", f"{project}/keys"))[1]["items"]
    assert [(item["label"], item["rate_limit"]) for item in keys] == [("beta", 5.0), ("first", None)]
    assert public_key not in str(keys)
    assert (await owner.send("DELETE", f"/projects/1/keys/{key['id']}"))[0] == 409
    assert (await owner.send("DELETE", f"{project}/keys/{key['id']}"))[0] == 204
    assert await served.api.operational.find_key(public_key) is None

    body = {"name": "grafana", "scopes": ["read"], "projects": [made["project"]["id"]]}
    _, token = await owner.send("POST", "/organisations/1/tokens", body)
    assert [p["name"] for p in (await served.get("/projects", token=token["token"]))["items"]] == [
        "Mobile app"
    ]
    assert (await owner.send("POST", "/organisations/1/tokens", body | {"scopes": ["owner"]}))[0] == 400
    assert (await owner.send("POST", "/organisations/1/tokens", body | {"projects": ["99"]}))[0] == 404
    items = (await owner.send("GET", "/organisations/1/tokens"))[1]["items"]
    assert items[0]["name"] == "grafana" and token["token"] not in str(items)
    assert (await owner.send("DELETE", f"/organisations/1/tokens/{items[0]['id']}"))[0] == 204
    assert await served.api.operational.find_token(token["token"]) is None


async def test_every_change_is_in_the_audit_log(served, person, owner):
    for name in ("One", "Two", "Three"):
        await owner.send("POST", "/projects", {"name": name})
    await owner.send("PATCH", "/projects/1/configuration", {"filters": {"crawlers": True}})
    assert (await owner.send("POST", "/projects", {"name": "One"}))[0] == 409
    _, page = await owner.send("GET", "/organisations/1/audit?limit=3")
    assert [item["action"] for item in page["items"]] == [
        "Change a project's configuration",
        *["Add a project"] * 2,
    ]
    assert {item["actor"] for item in page["items"]} == {"owner@example.com"}
    assert page["items"][0]["project"] == "1"
    _, rest = await owner.send("GET", f"/organisations/1/audit?cursor={page['next_cursor']}")
    assert [item["action"] for item in rest["items"]] == ["Add a project"]
