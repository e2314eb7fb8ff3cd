"""From the POST of an event to the webhook and the mail that tell of it, in a real process, with real receivers."""

import asyncio
import json
import time
import uuid
from typing import Any, NamedTuple

import pytest

from benchmarks.server import Server, until
from tests.notify.receivers import HttpReceiver, MailServer
from tests.whole.conftest import Post

#: The window of the rule that counts, in seconds: the shortest that there is.
WINDOW = 10


class Watched(NamedTuple):
    """A project whose alerts go to both receivers."""

    server: Server
    project: int
    post: Post
    hook: HttpReceiver
    mail: MailServer
    channels: list[int]

    async def call(self, method: str, path: str, body: Any) -> Any:
        return await asyncio.to_thread(self.server.call, method, f"/api/v1{path}", body)

    async def rule(self, name: str, condition: dict[str, Any], **parts: Any) -> None:
        draft = {"name": name, "condition": condition, "channels": self.channels, **parts}
        await self.call("POST", f"/projects/{self.project}/rules", draft)

    async def send_errors(self, times: int = 1, environment: str = "production") -> list[str]:
        now = time.time()
        events = [
            {
                "event_id": uuid.uuid4().hex,
                "timestamp": now,
                "environment": environment,
                "exception": {"values": [{"type": "ValueError", "value": "no such cart"}]},
            }
            for _ in range(times)
        ]
        status, answer = await asyncio.to_thread(self.post, "/api/v1/events", json.dumps(events).encode())
        assert status == 202, answer
        return [event["event_id"] for event in events]

    def hooked(self, kind: str, state: str) -> list[dict[str, Any]]:
        alerts = [request.json["data"] for request in self.hook.requests]
        return [alert for alert in alerts if (alert["kind"], alert["state"]) == (kind, state)]

    def mailed(self, alert: dict[str, Any]) -> list[Any]:
        is_over = alert["state"] == "resolved"
        return [
            mail
            for mail in list(self.mail.mails)
            if alert["alert_id"] in mail["References"] and mail["Subject"].startswith("Resolved") == is_over
        ]

    async def told(self, kind: str, state: str = "firing") -> dict[str, Any]:
        """The one alert of a kind, once both receivers have it."""
        await until(lambda: self.hooked(kind, state), 30)
        (alert,) = self.hooked(kind, state)
        await until(lambda: self.mailed(alert), 30)
        (mail,) = self.mailed(alert)
        assert alert["title"] in mail["Subject"]
        return alert


@pytest.fixture
async def watched(server, project, post, mail_server):
    async with HttpReceiver() as hook:
        channels = []
        for target in (
            {"kind": "webhook", "url": f"{hook.url}/hook"},
            {"kind": "email", "to": ["oncall@example.org"]},
        ):
            channel = {"name": target["kind"], "target": target}
            made = server.call("POST", f"/api/v1/projects/{project[0]}/channels", channel)
            channels.append(int(made["id"]))
        yield Watched(server, project[0], post, hook, mail_server, channels)


@pytest.mark.filterwarnings("ignore:Session.login_data is deprecated:DeprecationWarning")
async def test_what_fires_reaches_the_webhook_and_the_mailbox_once(watched):
    await watched.rule("fresh", {"kind": "new_issue"})
    await watched.rule("back", {"kind": "regression"})
    await watched.rule("many", {"kind": "count", "window": WINDOW, "above": 2}, environment="staging")
    # Agents look for new rules every second.
    await asyncio.sleep(3)
    (first,) = await watched.send_errors()
    fresh = await watched.told("new_issue")
    (issue,) = fresh["issues"]
    assert (issue["event_id"], issue["title"]) == (first, "ValueError: no such cart")

    await watched.call("PATCH", f"/issues/{issue['id']}", {"status": "resolved"})
    later = []
    # The decision goes by the stream, as the events do: the first of them may be ahead of it.
    while not watched.hooked("regression", "firing") and len(later) < 30:
        later += await watched.send_errors()
        await asyncio.sleep(0.5)
    back = await watched.told("regression")
    assert back["issues"][0]["id"] == issue["id"] and back["issues"][0]["event_id"] in later

    await watched.send_errors(3, "staging")
    many = await watched.told("count")
    assert (many["value"], many["threshold"]) == (3, 2)
    over = await watched.told("count", "resolved")
    assert over["alert_id"] == many["alert_id"]

    told = [("count", "firing"), ("count", "resolved"), ("new_issue", "firing"), ("regression", "firing")]
    assert sorted((r.json["data"]["kind"], r.json["data"]["state"]) for r in watched.hook.requests) == told
    assert sum(len(watched.mailed(alert)) for alert in (fresh, back, many, over)) == len(told)
    path = f"/api/v1/projects/{watched.project}/deliveries"

    def outcomes() -> list[str]:
        return [delivery["outcome"] for delivery in watched.server.pages(path)]

    await until(lambda: outcomes() == ["delivered"] * 2 * len(told), 10)
