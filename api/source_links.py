"""Addresses of files on the web pages of a repository. Pure.

Their forms are those of GitHub, GitLab and Bitbucket Cloud, which also take ``HEAD`` for the default branch.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from schemas.release import Commit
from schemas.repository import Repository

#: What an address may be made of: nothing that would have to be encoded, nobody's password, no query.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~+-]+)+/?", re.ASCII)
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}", re.ASCII)
_FORMS = {
    "github": "{url}/blob/{version}/{{path}}#L{{line}}",
    "gitlab": "{url}/-/blob/{version}/{{path}}#L{{line}}",
    "bitbucket": "{url}/src/{version}/{{path}}#lines-{{line}}",
}
_COMMIT_FORMS = {
    "github": "{url}/commit/{{commit}}",
    "gitlab": "{url}/-/commit/{{commit}}",
    "bitbucket": "{url}/commits/{{commit}}",
}
_NEVER = datetime.fromtimestamp(0, UTC)


def checked(repository: Repository) -> Repository:
    """The repository, with its address as it is used: without a slash or ``.git`` at its end.

    Raises:
        ValueError: the address is not one of a web page, or says nothing of how its files' addresses look.
    """
    url = repository.url.strip()
    if not url:
        return Repository(roots=repository.roots, branch=repository.branch, host=repository.host)
    if not _ADDRESS.fullmatch(url):
        raise ValueError("url must be the address of a web page such as https://github.com/example/shop")
    made = Repository(
        url.rstrip("/").removesuffix(".git"), repository.host, repository.branch.strip(), repository.roots
    )
    _host(made)
    return made


def link_template(repository: Repository, commit: str | None) -> str:
    """The address of a file at a commit, else of the branch: with ``{path}`` and ``{line}`` in it, which are to be replaced.

    Raises:
        ValueError: as ``checked``.
    """
    version = commit or quote(repository.branch, safe="/") or "HEAD"
    return _FORMS[_host(repository)].format(url=repository.url, version=version)


def commit_template(repository: Repository) -> str:
    """The address of a commit, with ``{commit}`` in it, which is to be replaced.

    Raises:
        ValueError: as ``checked``.
    """
    return _COMMIT_FORMS[_host(repository)].format(url=repository.url)


def latest_commit(commits: Sequence[Commit]) -> str | None:
    """The id of a release's latest commit: by their times, and of those without one the first, as builds list them with the
    latest first. None where none has an id of git."""
    known = [commit for commit in commits if _COMMIT.fullmatch(commit.id)]
    return max(known, key=lambda commit: commit.at or _NEVER).id if known else None


def _host(repository: Repository) -> str:
    if repository.host != "auto":
        return repository.host
    name = urlsplit(repository.url).hostname or ""
    for host in _FORMS:
        if host in name:
            return host
    raise ValueError(f"{name} does not say what it is: give host as one of {', '.join(_FORMS)}")
