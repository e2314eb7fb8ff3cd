"""Logging in through a provider of OpenID Connect."""

from dataclasses import replace

import pytest
from aiohttp.test_utils import TestServer
from joserfc.jwk import ECKey

from api.openid import OpenId
from tests.api.openid_provider import CLIENT, Provider


@pytest.fixture
async def provider(served):
    provider = Provider()
    async with TestServer(provider.app()) as server:
        provider.issuer = str(server.make_url("")).rstrip("/")
        _configure(served, provider)
        yield provider


def _configure(served, provider, role=""):
    served.api.settings = replace(
        served.api.settings, oidc_issuer=provider.issuer, oidc_client_id=CLIENT, oidc_role=role
    )
    served.api.openid = OpenId(served.api.settings)


async def log_in(somebody):
    """Through the provider and back; the status of the end, and where it leads."""
    to_provider = await somebody.client.get("/api/v1/session/openid", allow_redirects=False)
    assert to_provider.status == 302
    back = await somebody.client.session.get(to_provider.headers["Location"], allow_redirects=False)
    end = await somebody.client.session.get(back.headers["Location"], allow_redirects=False)
    return end.status, end.headers.get("Location"), await end.text()


async def test_who_is_known_or_invited_gets_in(served, person, provider):
    await served.api.operational.users.add("ada@example.com", "Ada", None, 1, "member")
    for _ in range(2):
        somebody = person()
        assert (await log_in(somebody))[:2] == (302, "/")
        status, session = await somebody.send("GET", "/session")
        assert (status, session["user"]["email"]) == (200, "ada@example.com")
    provider.claims |= {"email": "ada@elsewhere.example"}
    somebody = person()
    assert (await log_in(somebody))[0] == 302
    assert (await somebody.send("GET", "/session"))[1]["user"]["email"] == "ada@example.com"


async def test_an_invited_address_gets_in_with_the_role_of_its_invitation(served, person, provider):
    invite = served.api.operational.organisations.invite
    await invite(1, "Ada@Example.com", "viewer")
    await invite(1, "ada@example.com", "admin")
    provider.claims |= {"email_verified": False}
    assert (await log_in(person()))[0] == 403
    provider.claims |= {"email_verified": True}
    somebody = person()
    assert (await log_in(somebody))[0] == 302
    assert (await somebody.send("GET", "/session"))[1]["memberships"][0]["role"] == "admin"
    assert await served.api.operational.organisations.invitations(1) == []


async def test_what_the_token_leaves_out_the_provider_tells_beside_it(served, person, provider):
    await served.api.operational.users.add("ada@example.com", "Ada", None, 1, "member")
    for name in ("email", "email_verified", "name"):
        provider.claims.pop(name)
    provider.user_info = {"sub": "mallory", "email": "ada@example.com", "email_verified": True}
    status, _, page = await log_in(person())
    assert status == 403 and "could not be completed" in page
    provider.user_info |= {"sub": "ada"}
    assert (await log_in(person()))[0] == 302


async def test_a_stranger_gets_in_only_where_the_settings_say_so(served, person, provider):
    status, _, page = await log_in(person())
    assert status == 403 and "Ask an admin to invite you" in page
    _configure(served, provider, role="viewer")
    provider.claims |= {"email_verified": False}
    assert (await log_in(person()))[0] == 403
    provider.claims |= {"email_verified": True}
    somebody = person()
    assert (await log_in(somebody))[0] == 302
    assert (await somebody.send("GET", "/session"))[1]["memberships"][0]["role"] == "viewer"


@pytest.mark.parametrize("wrong", ["nonce", "aud", "iss", "exp", "key"])
async def test_a_token_that_cannot_be_believed_is_refused(served, person, provider, wrong):
    await served.api.operational.users.add("ada@example.com", "Ada", None, 1, "member")
    if wrong == "key":
        provider.signing_key = ECKey.generate_key("P-256", {"kid": "one"})
    else:
        provider.claims[wrong] = 1 if wrong == "exp" else "another"
    assert (await log_in(person()))[0] == 403


async def test_an_answer_that_was_not_asked_for_is_refused(served, person, provider):
    somebody = person()
    answer = await somebody.client.get("/api/v1/session/openid/callback?code=1&state=2")
    assert answer.status == 403
    assert (await somebody.send("GET", "/session/ways"))[1]["openid"] is True


async def test_without_a_provider_there_is_none(served, person):
    answer = await person().client.get("/api/v1/session/openid", allow_redirects=False)
    assert answer.status == 404
