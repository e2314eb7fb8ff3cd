"""Logging in through a provider of OpenID Connect, and what ways there are to log in."""

import base64
import binascii

import msgspec
from aiohttp import web

from api.call import Call
from api.errors import not_found
from api.openid import Identity, OpenIdError, Started, refusal_page
from api.route import Route
from api.routes.session import begin_session
from schemas.accounts import User
from stores.errors import StoreRejected

_COOKIE = "stacktide_openid"
_MINUTES = 10
_CALLBACK = "/api/v1/session/openid/callback"


class Ways(msgspec.Struct, frozen=True):
    """How one can log in; ``users`` is false before the first owner has accepted the link of the first start."""

    password: bool
    openid: bool
    users: bool


async def show_ways(call: Call) -> Ways:
    """How one can log in."""
    return Ways(True, call.api.openid.is_configured, await call.api.operational.users.count() > 0)


async def start(call: Call) -> web.Response:
    """Send the browser to the provider."""
    if not call.api.openid.is_configured:
        raise not_found("provider of OpenID Connect")
    try:
        url, started = await call.api.openid.start(call.public_url() + _CALLBACK)
    except OpenIdError as error:
        return refusal_page(str(error))
    response = web.Response(status=302, headers={"Location": url})
    response.set_cookie(
        _COOKIE,
        base64.urlsafe_b64encode(msgspec.json.encode(started)).decode(),
        max_age=_MINUTES * 60,
        path=_CALLBACK,
        httponly=True,
        samesite="Lax",
        secure=call.public_url().startswith("https://"),
    )
    return response


async def finish(call: Call) -> web.Response:
    """Log in whoever comes back from the provider."""
    if not call.api.openid.is_configured:
        raise not_found("provider of OpenID Connect")
    try:
        redirect_uri = call.public_url() + _CALLBACK
        url = f"{redirect_uri}?{call.request.query_string}"
        identity = await call.api.openid.finish(redirect_uri, url, _started(call))
        user = await _user_of(call, identity)
    except OpenIdError as error:
        return refusal_page(str(error))
    session = await begin_session(call, user)
    response = web.Response(status=302, headers={"Location": "/"})
    response.cookies.update(session.cookies)
    response.del_cookie(_COOKIE, path=_CALLBACK)
    return response


def _started(call: Call) -> Started:
    try:
        return msgspec.json.decode(
            base64.urlsafe_b64decode(call.request.cookies.get(_COOKIE, "")), type=Started
        )
    except (msgspec.MsgspecError, binascii.Error, ValueError) as error:
        raise OpenIdError("This log-in was not begun here, or took too long. Try it once more.") from error


async def _user_of(call: Call, identity: Identity) -> User:
    """The user who is known by this identity, or by its address; or a new one, where somebody has invited the address, or the
    settings let anybody in."""
    users, role = call.api.operational.users, call.api.settings.oidc_role
    known = await users.find_identity(identity.issuer, identity.subject)
    if known is not None:
        return known
    if not identity.email:
        raise OpenIdError("The provider does not vouch for an e-mail address of yours.")
    user = await users.find_by_email(identity.email)
    try:
        user = user or await call.api.operational.organisations.accept_for(identity.email, identity.name)
        if user is None:
            if not role:
                raise OpenIdError(f"There is no user {identity.email}. Ask an admin to invite you.")
            user = await users.add(identity.email, identity.name, None, None, role)  # type: ignore[arg-type]
    except StoreRejected as error:
        raise OpenIdError(str(error)) from error
    await users.add_identity(user.id, identity.issuer, identity.subject)
    return user


ROUTES = (
    Route("GET", "/api/v1/session/ways", show_ways, None, gives=Ways),
    Route("GET", "/api/v1/session/openid", start, None, answers=(302,)),
    Route("GET", _CALLBACK, finish, None, answers=(302,)),
)
