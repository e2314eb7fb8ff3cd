"""Logging in through a provider of OpenID Connect: the authorisation code flow with PKCE.

Sources: OpenID Connect Core 1.0, sections 3.1 and 5, and RFC 7636. The library (Authlib) makes the addresses and exchanges the
code; the ID token is checked here: signature, issuer, audience, expiry and nonce.
"""

import time
from typing import Any, NamedTuple

import msgspec
import structlog
from aiohttp import web

from settings import Settings

log = structlog.get_logger(__name__)

_TIMEOUT = 10.0
#: Seconds by which the provider's clock may differ.
_LEEWAY = 60
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]
#: Providers change their keys; documents are fetched anew after so many seconds.
_KEPT = 3600.0


class Started(msgspec.Struct, frozen=True):
    """What the browser keeps while its user is at the provider."""

    state: str
    nonce: str
    verifier: str


class Identity(NamedTuple):
    """Who somebody is to the provider. ``email`` is empty unless the provider has verified it."""

    issuer: str
    subject: str
    email: str
    name: str


class OpenIdError(Exception):
    """A log-in that cannot be completed; the message is for the user."""


class OpenId:
    """The provider of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._documents: tuple[float, dict[str, Any], Any] | None = None

    @property
    def is_configured(self) -> bool:
        """Whether the settings name a provider."""
        return bool(self._settings.oidc_issuer)

    async def start(self, redirect_uri: str) -> tuple[str, Started]:
        """Where to send the browser, and what it is to keep meanwhile.

        Raises:
            OpenIdError: the provider cannot be reached.
        """
        from authlib.common.security import generate_token

        metadata, _ = await self._provider()
        started = Started(generate_token(32), generate_token(32), generate_token(64))
        async with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=started.state,
                nonce=started.nonce,
                code_verifier=started.verifier,
            )
        return str(url), started

    async def finish(self, redirect_uri: str, url: str, started: Started) -> Identity:
        """Who has come back from the provider with ``url``.

        Raises:
            OpenIdError: the provider refused, cannot be reached, or sent what cannot be believed.
        """
        metadata, keys = await self._provider()
        try:
            async with self._client(redirect_uri) as client:
                token = await client.fetch_token(
                    metadata["token_endpoint"],
                    authorization_response=url,
                    state=started.state,
                    code_verifier=started.verifier,
                )
                claims = _checked(token["id_token"], keys, metadata["issuer"], self._settings, started)
                if "email" not in claims and "userinfo_endpoint" in metadata:
                    claims |= await _user_info(client, metadata["userinfo_endpoint"], claims["sub"])
        except Exception as error:
            log.warning("openid_log_in_failed", error=f"{type(error).__name__}: {error}")
            raise OpenIdError("The log-in could not be completed. Try it once more.") from error
        is_verified = claims.get("email_verified") in (True, "true")
        email = str(claims.get("email", "")) if is_verified else ""
        return Identity(claims["iss"], claims["sub"], email.lower(), str(claims.get("name", "")))

    def _client(self, redirect_uri: str) -> Any:
        # Imported when somebody first logs in so: it takes a fifth of a second.
        from authlib.integrations.httpx_client import AsyncOAuth2Client

        return AsyncOAuth2Client(
            self._settings.oidc_client_id,
            self._settings.oidc_client_secret or None,
            scope="openid email profile",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
        )

    async def _provider(self) -> tuple[dict[str, Any], Any]:
        import httpx2
        from joserfc.jwk import KeySet

        if self._documents is not None and time.monotonic() < self._documents[0]:
            return self._documents[1:]
        issuer = self._settings.oidc_issuer.rstrip("/")
        try:
            async with httpx2.AsyncClient(timeout=_TIMEOUT) as client:
                found = await client.get(f"{issuer}/.well-known/openid-configuration")
                metadata = found.raise_for_status().json()
                if metadata["issuer"].rstrip("/") != issuer:
                    raise ValueError(f"the provider calls itself {metadata['issuer']!r}")
                keys = KeySet.import_key_set(
                    (await client.get(metadata["jwks_uri"])).raise_for_status().json()
                )
        except Exception as error:
            log.warning(
                "openid_provider_unavailable", issuer=issuer, error=f"{type(error).__name__}: {error}"
            )
            raise OpenIdError(
                "The provider of log-ins cannot be reached just now. Try again soon."
            ) from error
        self._documents = time.monotonic() + _KEPT, metadata, keys
        return metadata, keys


def _checked(id_token: str, keys: Any, issuer: str, settings: Settings, started: Started) -> dict[str, Any]:
    from joserfc import jwt

    token = jwt.decode(id_token, keys, algorithms=_ALGORITHMS)
    claims = jwt.JWTClaimsRegistry(
        leeway=_LEEWAY,
        iss={"essential": True, "value": issuer},
        sub={"essential": True},
        aud={"essential": True, "value": settings.oidc_client_id},
        exp={"essential": True},
        nonce={"essential": True, "value": started.nonce},
    )
    claims.validate(token.claims)
    return dict(token.claims)


async def _user_info(client: Any, endpoint: str, subject: str) -> dict[str, Any]:
    """The claims that the provider tells of a user beside the ID token: that is where those of a scope are when a code was
    exchanged (OpenID Connect Core 1.0, section 5.4), unless a provider puts them into the token as well.

    Raises:
        ValueError: they are another's (section 5.3.2).
    """
    answer = await client.get(endpoint, headers={"Accept": "application/json"})
    found = answer.raise_for_status().json()
    if found["sub"] != subject:
        raise ValueError("the provider told of another user than it let in")
    return {name: found[name] for name in ("email", "email_verified", "name") if name in found}


def refusal_page(message: str) -> web.Response:
    """What a browser is shown whose log-in failed."""
    from html import escape

    body = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Stacktide</title>"
        f"<p>{escape(message)}</p><p><a href=/>Back</a></p></html>"
    )
    return web.Response(status=403, text=body, content_type="text/html")
