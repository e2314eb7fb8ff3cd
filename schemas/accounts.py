"""People and what they may do."""

from typing import Literal, get_args

import msgspec

Role = Literal["owner", "admin", "member", "viewer"]
ROLES: tuple[Role, ...] = get_args(Role)

READ = "read"
WRITE = "write"
#: To announce releases and to upload and remove artifacts, which is all that a build needs; ``write`` includes it.
ARTIFACTS = "artifacts"
ADMIN = "admin"
OWNER = "owner"

#: What each role may do in its organisation: see; triage and configure; manage projects, keys, tokens and members; decide
#: who owns it.
SCOPES: dict[Role, frozenset[str]] = {
    "viewer": frozenset({READ}),
    "member": frozenset({READ, WRITE}),
    "admin": frozenset({READ, WRITE, ADMIN}),
    "owner": frozenset({READ, WRITE, ADMIN, OWNER}),
}


class User(msgspec.Struct, frozen=True):
    """Somebody who can log in. ``email`` is in lower case."""

    id: int
    email: str
    name: str


class Membership(msgspec.Struct, frozen=True):
    """A user's part in an organisation. ``hidden`` are the projects of teams that the user is not in."""

    organisation: int
    role: Role
    hidden: frozenset[int] = frozenset()


class Member(msgspec.Struct, frozen=True):
    """A user, as the organisation sees one."""

    id: str
    email: str
    name: str
    role: Role


class Organisation(msgspec.Struct, frozen=True):
    """An organisation."""

    id: str
    slug: str
    name: str


class Invitation(msgspec.Struct, frozen=True):
    """An invitation into an organisation, without its secret. ``email`` is empty for whoever holds the link; times are in
    Unix seconds."""

    id: str
    organisation: str
    email: str
    role: Role
    created: float
    expires: float


class Team(msgspec.Struct, frozen=True):
    """Some members of an organisation. A project of one or more teams is seen by their members, and by admins and owners."""

    id: str
    slug: str
    name: str
    members: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()


class AuditEntry(msgspec.Struct, frozen=True):
    """A change that somebody made. ``at`` is in Unix seconds."""

    id: str
    at: float
    actor: str
    action: str
    target: str
    project: str | None
    address: str
