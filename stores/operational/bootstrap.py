"""The first start: a project, a key and a token, so that there is something to send errors to."""

import re
from typing import NamedTuple

import structlog

from settings import SettingError, Settings
from stores.errors import StoreRejected
from stores.ports import NewKey, OperationalStore, Project

SCOPES = ("read", "write", "artifacts", "admin")
"""All scopes of API tokens, see ``schemas.accounts``."""

_PROJECT_NAME = "default"
_PUBLIC_KEY = re.compile(r"[0-9a-fA-F]{32}")

log = structlog.get_logger(__name__)


class Bootstrap(NamedTuple):
    """What was made at this start, to be shown this once; None where it was there already.

    ``project`` is the first project, new or not; ``invitation`` the secret with which the first owner is made, as long as
    there are no users.
    """

    project: Project
    key: NewKey | None
    token: str | None
    invitation: str | None


async def bootstrap(store: OperationalStore, settings: Settings) -> Bootstrap:
    """Make the first project with a key and a token where there is none, and see that the key and the token
    of the settings exist. Running it again, or from several processes, makes nothing twice.

    Raises:
        SettingError: ``bootstrap_key`` or ``bootstrap_token`` has the wrong form.
        StoreUnavailable: the store cannot be reached.
    """
    _check(settings)
    project, is_new = await _first_project(store)
    key = token = None
    if settings.bootstrap_key:
        key = await _wanted_key(store, project, settings.bootstrap_key)
    elif is_new:
        key = await store.add_key(project.id, "bootstrap")
    if settings.bootstrap_token:
        token = await _wanted_token(store, settings.bootstrap_token)
    elif is_new:
        token = await store.add_token("bootstrap", SCOPES)
    return Bootstrap(project, key, token, await _first_owner(store, project))


def _check(settings: Settings) -> None:
    if settings.bootstrap_key and not _PUBLIC_KEY.fullmatch(settings.bootstrap_key):
        raise SettingError(
            "STACKTIDE_BOOTSTRAP_KEY takes 32 hexadecimal digits. `openssl rand -hex 16` makes them."
        )
    token = settings.bootstrap_token
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        raise SettingError("STACKTIDE_BOOTSTRAP_TOKEN takes printable ASCII characters without spaces.")


async def _first_project(store: OperationalStore) -> tuple[Project, bool]:
    existing = await store.projects()
    if not existing:
        try:
            return await store.add_project(_PROJECT_NAME), True
        except StoreRejected:
            # Another process was faster.
            existing = await store.projects()
    return existing[0], False


async def _first_owner(store: OperationalStore, project: Project) -> str | None:
    if await store.users.count():
        return None
    return await store.organisations.invite_first_owner(project.organisation)


async def _wanted_key(store: OperationalStore, project: Project, public_key: str) -> NewKey | None:
    if await store.find_key(public_key) is not None:
        return None
    try:
        return await store.add_key(project.id, "bootstrap", public_key)
    except StoreRejected as error:
        # Revoked, or made by another process at this moment.
        log.warning("the key of STACKTIDE_BOOTSTRAP_KEY was not added", reason=str(error))
        return None


async def _wanted_token(store: OperationalStore, secret: str) -> str | None:
    if await store.find_token(secret) is not None:
        return None
    try:
        return await store.add_token("bootstrap", SCOPES, secret=secret)
    except StoreRejected as error:
        log.warning("the token of STACKTIDE_BOOTSTRAP_TOKEN was not added", reason=str(error))
        return None
