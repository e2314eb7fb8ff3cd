"""Organisations: members, invitations, teams, tokens and the audit log."""

import msgspec
from aiohttp import web

from api.auth import Caller
from api.call import ORGANISATION, Call
from api.declarations import PAGED
from api.errors import ApiError, not_found
from api.models import Page
from api.parameters import cursor, encode_cursor, limit, number_of
from api.route import Route
from api.routes.bodies import Email, Name, refusals
from schemas.accounts import (
    ADMIN,
    ARTIFACTS,
    OWNER,
    READ,
    SCOPES,
    AuditEntry,
    Invitation,
    Member,
    Organisation,
    Role,
    Team,
)

_SCOPES = SCOPES["admin"] | {ARTIFACTS}


class RoleChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member's new role."""

    role: Role


class NewInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to invite: without an address whoever holds the link may accept it."""

    role: Role = "member"
    email: Email | None = None


class InvitationMade(msgspec.Struct, frozen=True):
    """An invitation with its link, which is shown this once."""

    invitation: Invitation
    url: str


class NewTeam(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A team."""

    name: Name


class TeamChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All members and projects of a team, by their ids; what is left out stays."""

    members: tuple[str, ...] | None = None
    projects: tuple[str, ...] | None = None


class TokenItem(msgspec.Struct, frozen=True):
    """An API token. ``projects`` is null where it may see all of the organisation; ``created`` is in Unix seconds."""

    id: str
    name: str
    last_characters: str
    scopes: list[str]
    projects: list[str] | None
    created: float


class NewToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An API token that is to be made."""

    name: Name
    scopes: tuple[str, ...] = (READ,)
    projects: tuple[str, ...] | None = None


class TokenMade(msgspec.Struct, frozen=True):
    """An API token, which is shown this once."""

    token: str


async def list_organisations(call: Call) -> Page[Organisation]:
    """The organisations that the caller belongs to."""
    found = await call.api.operational.organisations.all()
    own = {grant.organisation for grant in call.caller.grants}
    return Page([one for one in found if None in own or int(one.id) in own], None)


async def list_members(call: Call) -> Page[Member]:
    """The members of an organisation."""
    return Page(await call.api.operational.organisations.members(await organisation_of(call)), None)


async def change_member(call: Call) -> web.Response:
    """Change a member's role."""
    organisation = await organisation_of(call)
    wanted = await call.body(RoleChange)
    await _set_role(call, organisation, wanted.role)
    return web.Response(status=204)


async def remove_member(call: Call) -> web.Response:
    """Take a member out of an organisation."""
    await _set_role(call, await organisation_of(call), None)
    return web.Response(status=204)


async def list_invitations(call: Call) -> Page[Invitation]:
    """The open invitations of an organisation."""
    return Page(await call.api.operational.organisations.invitations(await organisation_of(call)), None)


async def invite(call: Call) -> InvitationMade:
    """Invite somebody into an organisation."""
    organisation = await organisation_of(call)
    wanted = await call.body(NewInvitation)
    if wanted.role == "owner":
        _check_owner(call.caller, organisation)
    with refusals():
        made, secret = await call.api.operational.organisations.invite(
            organisation, wanted.email or "", wanted.role
        )
    return InvitationMade(made, f"{call.public_url()}/invitation#{secret}")


async def withdraw_invitation(call: Call) -> web.Response:
    """Withdraw an invitation."""
    organisation = await organisation_of(call)
    with refusals():
        await call.api.operational.organisations.withdraw(organisation, _id(call, "invitation"))
    return web.Response(status=204)


async def list_teams(call: Call) -> Page[Team]:
    """The teams of an organisation."""
    return Page(await call.api.operational.teams.all(await organisation_of(call)), None)


async def add_team(call: Call) -> Team:
    """Add a team."""
    organisation = await organisation_of(call)
    wanted = await call.body(NewTeam)
    with refusals():
        return await call.api.operational.teams.add(organisation, wanted.name)


async def change_team(call: Call) -> web.Response:
    """Change a team's members or projects."""
    organisation = await organisation_of(call)
    wanted = await call.body(TeamChange)
    with refusals():
        await call.api.operational.teams.change(
            organisation, _id(call, "team"), _ids(wanted.members), _ids(wanted.projects)
        )
    return web.Response(status=204)


async def drop_team(call: Call) -> web.Response:
    """Remove a team."""
    organisation = await organisation_of(call)
    with refusals():
        await call.api.operational.teams.drop(organisation, _id(call, "team"))
    return web.Response(status=204)


async def list_tokens(call: Call) -> Page[TokenItem]:
    """The API tokens of an organisation."""
    found = await call.api.operational.tokens(await organisation_of(call))
    items = [
        TokenItem(
            str(token.id),
            token.name,
            token.last_characters,
            token.scopes,
            None if token.projects is None else [str(project) for project in token.projects],
            token.created,
        )
        for token in found
    ]
    return Page(items, None)


async def add_token(call: Call) -> TokenMade:
    """Make an API token."""
    organisation = await organisation_of(call)
    wanted = await call.body(NewToken)
    if unknown := set(wanted.scopes) - _SCOPES:
        raise ApiError(
            400,
            "bad_body",
            f"There is no scope {', '.join(sorted(unknown))}; there are {', '.join(sorted(_SCOPES))}.",
        )
    projects = _ids(wanted.projects)
    for project in projects or ():
        found = await call.api.access.project(call.caller, str(project), ADMIN)
        if found.organisation != organisation:
            raise not_found(f"project {project}")
    secret = await call.api.operational.add_token(
        wanted.name, wanted.scopes, projects, organisation=organisation
    )
    return TokenMade(secret)


async def revoke_token(call: Call) -> web.Response:
    """Revoke an API token."""
    organisation = await organisation_of(call)
    with refusals():
        await call.api.operational.revoke_token(_id(call, "token"), organisation)
    return web.Response(status=204)


async def list_changes(call: Call) -> Page[AuditEntry]:
    """The audit log of an organisation, the latest change first."""
    organisation = await organisation_of(call)
    size = limit(call.query)
    after = cursor(call.query, "audit")
    found = await call.api.operational.audit.find(organisation, after[0] if after else None, size + 1)
    following = encode_cursor("audit", int(found[size - 1].id), "") if len(found) > size else None
    return Page(found[:size], following)


async def organisation_of(call: Call) -> int:
    """The organisation of the path.

    Raises:
        ApiError: 404 where the caller is not in it, 403 without the scope for all of it.
    """
    name = call.parts["organisation"]
    own = {grant.organisation for grant in call.caller.grants}
    for one in await call.api.operational.organisations.all():
        if name in (one.id, one.slug) and own & {None, int(one.id)}:
            if not call.caller.may_in(call.scope, int(one.id)):
                raise ApiError(
                    403,
                    "missing_scope",
                    f"This needs the scope {call.scope!r} for the whole organisation.",
                    {"scope": call.scope},
                )
            call.request[ORGANISATION] = int(one.id)
            return int(one.id)
    raise not_found(f"organisation {name[:100]!r}")


async def _set_role(call: Call, organisation: int, role: Role | None) -> None:
    user = _id(call, "member")
    members = {member.id: member for member in await call.api.operational.organisations.members(organisation)}
    member = members.get(str(user))
    if role == "owner" or (member is not None and member.role == "owner"):
        _check_owner(call.caller, organisation)
    with refusals():
        await call.api.operational.organisations.set_role(organisation, user, role)


def _check_owner(caller: Caller, organisation: int) -> None:
    if not caller.may_in(OWNER, organisation):
        raise ApiError(403, "owners_only", "Only an owner decides who is an owner.", {"scope": OWNER})


def _id(call: Call, name: str) -> int:
    given = call.parts[name]
    if (number := number_of(given)) is None:
        raise not_found(f"{name} {given[:100]!r}")
    return number


def _ids(given: tuple[str, ...] | None) -> list[int] | None:
    if given is None:
        return None
    numbers = [number for one in given if (number := number_of(one)) is not None]
    if len(numbers) < len(given):
        raise ApiError(400, "bad_body", "Ids are strings of digits.")
    return numbers


_PATH = "/api/v1/organisations"
_ONE = f"{_PATH}/{{organisation}}"
ROUTES = (
    Route("GET", _PATH, list_organisations, gives=Page[Organisation]),
    Route("GET", f"{_ONE}/members", list_members, gives=Page[Member]),
    Route("PATCH", f"{_ONE}/members/{{member}}", change_member, ADMIN, takes=RoleChange),
    Route("DELETE", f"{_ONE}/members/{{member}}", remove_member, ADMIN),
    Route("GET", f"{_ONE}/invitations", list_invitations, ADMIN, gives=Page[Invitation]),
    Route("POST", f"{_ONE}/invitations", invite, ADMIN, takes=NewInvitation, gives=InvitationMade),
    Route("DELETE", f"{_ONE}/invitations/{{invitation}}", withdraw_invitation, ADMIN),
    Route("GET", f"{_ONE}/teams", list_teams, gives=Page[Team]),
    Route("POST", f"{_ONE}/teams", add_team, ADMIN, takes=NewTeam, gives=Team),
    Route("PATCH", f"{_ONE}/teams/{{team}}", change_team, ADMIN, takes=TeamChange),
    Route("DELETE", f"{_ONE}/teams/{{team}}", drop_team, ADMIN),
    Route("GET", f"{_ONE}/tokens", list_tokens, ADMIN, gives=Page[TokenItem]),
    Route("POST", f"{_ONE}/tokens", add_token, ADMIN, takes=NewToken, gives=TokenMade),
    Route("DELETE", f"{_ONE}/tokens/{{token}}", revoke_token, ADMIN),
    Route("GET", f"{_ONE}/audit", list_changes, ADMIN, gives=Page[AuditEntry], query=PAGED),
)
