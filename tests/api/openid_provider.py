"""A small provider of OpenID Connect, in the test's own process: it lets in whoever ``subject`` and ``claims`` name."""

import secrets
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT = "stacktide"


class Provider:
    """``claims`` are put into every ID token over the usual ones; ``user_info`` is told beside it, where there is any."""

    def __init__(self) -> None:
        self.issuer = ""
        self.user_info: dict[str, Any] = {}
        self.claims: dict[str, Any] = {
            "sub": "ada",
            "email": "ada@example.com",
            "email_verified": True,
            "name": "Ada",
        }
        self.key = ECKey.generate_key("P-256", {"kid": "one"})
        self.signing_key = self.key
        self._codes: dict[str, dict[str, str]] = {}

    def app(self) -> web.Application:
        """The provider as an application."""
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._metadata)
        app.router.add_get("/keys", self._keys)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_post("/token", self._token)
        app.router.add_get("/user", self._user_info)
        return app

    async def _metadata(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/user",
            }
        )

    async def _keys(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.as_dict(private=False)]})

    async def _user_info(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer x"
        return web.json_response(self.user_info)

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        assert asked["client_id"] == CLIENT and asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self._codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return web.Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{back}"})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        asked = self._codes.pop(str(form["code"]))
        digest = sha256(str(form["code_verifier"]).encode()).digest()
        assert urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "exp": int(time.time()) + 60,
            "nonce": asked["nonce"],
            **self.claims,
        }
        token = jwt.encode({"alg": "ES256", "kid": "one"}, claims, self.signing_key)
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": token})
