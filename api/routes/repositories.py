"""The repository of a project, and the addresses of its files."""

import msgspec

from api.call import Call
from api.declarations import any_text
from api.errors import ApiError
from api.route import Route
from api.routes.bodies import refusals
from api.source_links import checked, commit_template, latest_commit, link_template
from schemas.accounts import WRITE
from schemas.repository import Host, Repository, SourceRoot


class RepositoryItem(msgspec.Struct, frozen=True):
    """A project's repository. ``link`` is the address of a file, with ``{path}`` and ``{line}`` to be replaced in it: at
    ``commit``, the latest of the release that was asked about, where that is known; ``commit_link`` is the address of a
    commit, with ``{commit}`` in it. Both are null without an address."""

    url: str
    host: Host
    branch: str
    roots: list[SourceRoot]
    commit: str | None
    link: str | None
    commit_link: str | None


async def show_repository(call: Call) -> RepositoryItem:
    """Where a project's source is, and what leads to a file of it."""
    project = await call.project()
    repository = await call.api.operational.repositories.get(project.id)
    commit = None
    release = call.query.get(_RELEASE.name, "")
    if repository.url and release:
        found = await call.api.operational.releases.find(project.id, [release])
        commit = latest_commit(found[0].commits) if found else None
    return _item(repository, commit)


async def change_repository(call: Call) -> RepositoryItem:
    """Say where a project's source is; an empty ``url`` takes it back."""
    project = await call.project()
    try:
        repository = checked(await call.body(Repository))
    except ValueError as error:
        raise ApiError(400, "bad_repository", f"This cannot be used: {error}.") from error
    with refusals():
        await call.api.operational.repositories.put(project.id, repository)
    return _item(repository, None)


def _item(repository: Repository, commit: str | None) -> RepositoryItem:
    return RepositoryItem(
        url=repository.url,
        host=repository.host,
        branch=repository.branch,
        roots=list(repository.roots),
        commit=commit,
        link=link_template(repository, commit) if repository.url else None,
        commit_link=commit_template(repository) if repository.url else None,
    )


_RELEASE = any_text("release", "The release whose latest commit the address is to be of.")
_PATH = "/api/v1/projects/{project}/repository"
ROUTES = (
    Route("GET", _PATH, show_repository, gives=RepositoryItem, query=(_RELEASE,)),
    Route("PUT", _PATH, change_repository, WRITE, takes=Repository, gives=RepositoryItem),
)
