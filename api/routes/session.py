"""Logging in and out with a password, accepting invitations, and the first owner."""

import msgspec
from aiohttp import web

from api.auth import COOKIE, check_csrf, csrf_token
from api.call import Call
from api.declarations import any_text
from api.errors import ApiError
from api.log_in_limits import limit_attempts
from api.route import Route
from api.routes.bodies import Email, Name, NewPassword, refusals
from schemas.accounts import Organisation, Role, User


class Part(msgspec.Struct, frozen=True):
    """What a user is in an organisation."""

    organisation: Organisation
    role: Role


class Session(msgspec.Struct, frozen=True):
    """Who has logged in. ``csrf_token`` goes into the header X-CSRF-Token of every request that changes something."""

    user: User
    memberships: list[Part]
    csrf_token: str


class SessionBegun(msgspec.Struct, frozen=True):
    """Who has just logged in, with the new session's CSRF token."""

    user: User
    csrf_token: str


class LogIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A user's address and password."""

    email: Email
    password: str


class Acceptance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What accepts an invitation: who the new user is. Nothing but the secret for somebody who has logged in."""

    secret: str
    email: Email | None = None
    name: Name | None = None
    password: NewPassword | None = None


class InvitationShown(msgspec.Struct, frozen=True):
    """An invitation as its holder sees it. ``email`` is empty where any will do."""

    organisation: Organisation
    email: str
    role: Role


class ProfileChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A user's own changes; a new ``password`` needs the present one, and ends all sessions."""

    name: Name | None = None
    password: NewPassword | None = None
    present_password: str | None = None


async def log_in(call: Call) -> web.Response:
    """Log in with a password."""
    wanted = await call.body(LogIn)
    await limit_attempts(call, wanted.email)
    user = await call.api.operational.users.find(wanted.email, wanted.password)
    if user is None:
        raise ApiError(401, "wrong_password", "There is no user with this address and password.")
    return await begin_session(call, user)


async def show_session(call: Call) -> Session | web.Response:
    """Who has logged in; 204 where nobody has."""
    secret = call.request.cookies.get(COOKIE, "")
    logged_in = await call.api.access.session(call.request)
    if logged_in is None:
        # Not 401: to ask is no mistake, and browsers write refusals into the console.
        return web.Response(status=204)
    organisations = {int(one.id): one for one in await call.api.operational.organisations.all()}
    parts = [Part(organisations[m.organisation], m.role) for m in logged_in.memberships]
    return Session(logged_in.user, parts, csrf_token(secret))


async def log_out(call: Call) -> web.Response:
    """Log out."""
    secret = call.request.cookies.get(COOKIE, "")
    if secret:
        check_csrf(call.request)
        await call.api.operational.users.end_session(secret)
        call.api.access.forget_session(secret)
    response = web.Response(status=204)
    response.del_cookie(COOKIE, path="/")
    return response


async def change_profile(call: Call) -> web.Response:
    """Change one's own name or password."""
    wanted = await call.body(ProfileChange)
    logged_in = await call.api.access.session(call.request)
    if logged_in is None:
        raise ApiError(401, "unauthorised", "Log in first.")
    check_csrf(call.request)
    users = call.api.operational.users
    if wanted.password is not None:
        await limit_attempts(call, logged_in.user.email)
        if await users.find(logged_in.user.email, wanted.present_password or "") is None:
            raise ApiError(403, "wrong_password", "The present password is another.")
    await users.change(logged_in.user.id, wanted.name, wanted.password)
    call.api.access.forget_session(call.request.cookies[COOKIE])
    if wanted.password is not None:
        return await begin_session(call, logged_in.user)
    return web.Response(status=204)


async def show_invitation(call: Call) -> InvitationShown:
    """An invitation, by its secret."""
    invited = await call.api.operational.organisations.find_invitation(call.query.get("secret", ""))
    if invited is None:
        raise ApiError(
            404, "not_found", "This invitation is unknown, over, or was accepted already. Ask for a new one."
        )
    return InvitationShown(*invited)


async def accept_invitation(call: Call) -> web.Response:
    """Accept an invitation, and log in."""
    wanted = await call.body(Acceptance)
    await limit_attempts(call, wanted.secret)
    organisations = call.api.operational.organisations
    logged_in = await call.api.access.session(call.request)
    with refusals():
        if logged_in is not None and wanted.password is None:
            check_csrf(call.request)
            await organisations.accept_as(wanted.secret, logged_in.user.id)
            call.api.access.forget_session(call.request.cookies[COOKIE])
            return web.Response(status=204)
        if wanted.password is None:
            raise ApiError(400, "bad_body", "Choose a password, or log in first.")
        user = await organisations.accept(
            wanted.secret, wanted.email or "", wanted.name or "", wanted.password
        )
    return await begin_session(call, user)


async def begin_session(call: Call, user: User) -> web.Response:
    """Log a user in: 200 with the user and the session's cookie."""
    settings = call.api.settings
    agent = call.request.headers.get("User-Agent", "")
    secret = await call.api.operational.users.begin_session(user.id, agent, settings.session_lifetime)
    body = msgspec.json.encode(SessionBegun(user, csrf_token(secret)))
    response = web.Response(body=body, content_type="application/json")
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(settings.session_lifetime),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=call.request.secure or settings.public_url.startswith("https://"),
    )
    return response


_SECRET = any_text("secret", "What stands behind the # of the invitation's link.", required=True)
_PATH = "/api/v1/session"
ROUTES = (
    Route("GET", _PATH, show_session, None, gives=Session, answers=(200, 204)),
    Route("POST", _PATH, log_in, None, takes=LogIn, gives=SessionBegun),
    Route("DELETE", _PATH, log_out, None),
    Route(
        "PATCH",
        "/api/v1/profile",
        change_profile,
        None,
        takes=ProfileChange,
        gives=SessionBegun,
        answers=(200, 204),
    ),
    Route("GET", "/api/v1/invitation", show_invitation, None, gives=InvitationShown, query=(_SECRET,)),
    Route(
        "POST",
        "/api/v1/invitation",
        accept_invitation,
        None,
        takes=Acceptance,
        gives=SessionBegun,
        answers=(200, 204),
    ),
)
