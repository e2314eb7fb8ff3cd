"""People who use the API with a browser's session."""

from typing import Any

from aiohttp import CookieJar
from aiohttp.test_utils import TestClient

PASSWORD = "correct horse battery"


class Person:
    """Somebody with a browser of their own: ``send`` answers with the status and the JSON."""

    def __init__(self, server: Any) -> None:
        self.client: TestClient[Any, Any] = TestClient(server, cookie_jar=CookieJar(unsafe=True))
        self.csrf = ""

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """One request; a change has the session's CSRF token unless another is given."""
        headers.setdefault("X-CSRF-Token", self.csrf)
        path = path if path.startswith(("/api/", "/graphql")) else f"/api/v1{path}"
        response = await self.client.request(method, path, json=body, headers=headers)
        text = await response.text()
        answer = await response.json() if text else None
        if isinstance(answer, dict) and "csrf_token" in answer:
            self.csrf = answer["csrf_token"]
        return response.status, answer

    async def accept(self, secret: str, email: str = "", name: str = "Somebody") -> None:
        """Accept an invitation as a new user."""
        body = {"secret": secret, "name": name, "password": PASSWORD} | ({"email": email} if email else {})
        status, answer = await self.send("POST", "/invitation", body)
        assert status == 200, answer

    async def log_in(self, email: str, password: str = PASSWORD) -> int:
        """Log in; the status."""
        status, _ = await self.send("POST", "/session", {"email": email, "password": password})
        return status
