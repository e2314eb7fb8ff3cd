"""Projects and their keys."""

import msgspec
from aiohttp import web

from api.call import Call
from api.errors import ApiError, not_found
from api.models import Page, ProjectItem
from api.parameters import number_of
from api.route import Route
from api.routes.bodies import Name, Rate, refusals
from schemas.accounts import ADMIN
from schemas.privacy import Erasure
from stores.ports import Project


class NewProject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A project that is to be made; ``organisation`` may be left out by who belongs to one."""

    name: Name
    organisation: str | None = None


class ProjectMade(msgspec.Struct, frozen=True):
    """A new project with its first key's DSN, which is shown this once."""

    project: ProjectItem
    dsn: str


class ProjectChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What changes of a project."""

    name: Name


class ProjectRemoval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The name of the project that is to be removed, to confirm it."""

    name: str


class KeyItem(msgspec.Struct, frozen=True):
    """A key. ``rate_limit`` is in events per second; times are Unix seconds."""

    id: str
    label: str
    last_characters: str
    rate_limit: float | None
    created: float
    revoked: float | None


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key that is to be made."""

    label: str = ""
    rate_limit: Rate | None = None


class KeyMade(msgspec.Struct, frozen=True):
    """A new key's DSN, which is shown this once."""

    id: str
    dsn: str


async def list_projects(call: Call) -> Page[ProjectItem]:
    """The projects that the caller may see."""
    return Page([_item(project) for project in await call.api.access.projects(call.caller)], None)


async def add_project(call: Call) -> ProjectMade:
    """Add a project."""
    wanted = await call.body(NewProject)
    own = [
        grant.organisation
        for grant in call.caller.grants
        if call.caller.may_in(ADMIN, grant.organisation or 0)
    ]
    organisations = {one.id: int(one.id) for one in await call.api.operational.organisations.all()}
    if wanted.organisation is not None:
        organisation = organisations.get(wanted.organisation)
        if organisation is None or not call.caller.may_in(ADMIN, organisation):
            raise not_found(f"organisation {wanted.organisation[:100]!r}")
    elif len(own) == 1:
        organisation = own[0]
    else:
        raise ApiError(403, "missing_scope", "Name an organisation that you administer.", {"scope": ADMIN})
    with refusals():
        project = await call.api.operational.add_project(wanted.name, organisation)
        key = await call.api.operational.add_key(project.id, "first")
    return ProjectMade(_item(project), call.dsn(key.public_key, project.id))


async def show_project(call: Call) -> ProjectItem:
    """One project."""
    return _item(await call.project())


async def change_project(call: Call) -> ProjectItem:
    """Rename a project."""
    project = await call.project()
    wanted = await call.body(ProjectChange)
    with refusals():
        await call.api.operational.rename_project(project.id, wanted.name)
    return _item(project._replace(name=wanted.name))


async def remove_project(call: Call) -> Erasure:
    """Remove a project for good.

    Its keys stop at once, it is not to be seen any more, and all that it has is erased.
    """
    project = await call.project()
    wanted = await call.body(ProjectRemoval)
    if wanted.name != project.name:
        raise ApiError(400, "not_confirmed", "To remove a project for good, give its name exactly.")
    with refusals():
        erasure = await call.api.operational.remove_project(project.id, call.caller.name)
    call.api.access.forget_projects()
    return erasure


async def list_keys(call: Call) -> Page[KeyItem]:
    """The keys of a project."""
    project = await call.project()
    keys = await call.api.operational.keys(project.id)
    return Page([KeyItem(str(key.id), *key[1:]) for key in keys], None)


async def add_key(call: Call) -> KeyMade:
    """Make a key of a project."""
    project = await call.project()
    wanted = await call.body(NewKey)
    made = await call.api.operational.add_key(project.id, wanted.label[:200], rate_limit=wanted.rate_limit)
    return KeyMade(str(made.key_id), call.dsn(made.public_key, project.id))


async def revoke_key(call: Call) -> web.Response:
    """Revoke a key of a project."""
    project = await call.project()
    key = call.parts["key"]
    if number_of(key) is None:
        raise not_found(f"key {key[:100]!r}")
    with refusals():
        await call.api.operational.revoke_key(key, project.id)
    return web.Response(status=204)


def _item(project: Project) -> ProjectItem:
    return ProjectItem(str(project.id), project.slug, project.name, str(project.organisation))


_PATH = "/api/v1/projects"
_ONE = f"{_PATH}/{{project}}"
ROUTES = (
    Route("GET", _PATH, list_projects, gives=Page[ProjectItem]),
    Route("POST", _PATH, add_project, ADMIN, takes=NewProject, gives=ProjectMade),
    Route("GET", _ONE, show_project, gives=ProjectItem),
    Route("PATCH", _ONE, change_project, ADMIN, takes=ProjectChange, gives=ProjectItem),
    Route("DELETE", _ONE, remove_project, ADMIN, takes=ProjectRemoval, gives=Erasure),
    Route("GET", f"{_ONE}/keys", list_keys, gives=Page[KeyItem]),
    Route("POST", f"{_ONE}/keys", add_key, ADMIN, takes=NewKey, gives=KeyMade),
    Route("DELETE", f"{_ONE}/keys/{{key}}", revoke_key, ADMIN),
)
