"""Channels and deliveries."""

import io
import json

import pytest

from settings import Settings
from stores.operational.deliveries import NewDelivery
from tests.api.conftest import ALL, NARROW, WRITER
from tests.notify.alerts import alert_event
from tests.notify.receivers import HttpReceiver

PATH = "/projects/1/channels"


@pytest.fixture
async def receiver():
    async with HttpReceiver() as receiver:
        yield receiver


@pytest.fixture(autouse=True)
def settings(served):
    served.api.settings = Settings(notify_private_addresses=True)


async def send(served, method, path, body=None, expect=200, token=ALL):
    response = await served.client.request(
        method,
        f"/api/v1{path}",
        data=io.BytesIO(json.dumps(body).encode()),
        headers={"Authorization": f"Bearer {token}"},
    )
    answer = await response.json() if response.content_length else None
    assert response.status == expect, answer
    return answer if expect < 300 else answer["error"]


async def hook(served, url="https://example.org/hook", **fields):
    target = {"kind": "webhook", "url": url}
    return await send(served, "POST", PATH, {"name": "hook", "target": target, **fields})


async def test_a_channel_is_made_changed_and_removed(served):
    made = await hook(served)
    assert made["new_secret"].startswith("whsec_")
    assert made["secrets"] == {"secret": f"set, ends with {made['new_secret'][-4:]}"}
    assert made["target"] == {"kind": "webhook", "url": "https://example.org/hook"}
    one = f"{PATH}/{made['id']}"
    change = {"enabled": False, "target": {"kind": "webhook", "url": "https://example.org/b"}}
    changed = await send(served, "PATCH", one, change)
    assert changed["secrets"] == made["secrets"] and changed["target"]["url"].endswith("/b")
    assert await served.get(one) == changed
    assert (await served.get(PATH))["items"] == [changed]
    assert made["new_secret"] not in json.dumps(await served.get(PATH))
    slack = {"target": {"kind": "slack", "webhook_url": "https://hooks.slack.com/services/a/b"}}
    assert (await send(served, "PATCH", one, slack))["kind"] == "slack"
    bot = {"target": {"kind": "slack", "bot_token": "xoxb-12345678", "channel": "#ops"}}
    assert (await send(served, "PATCH", one, bot))["secrets"] == {"bot_token": "set, ends with 5678"}
    await send(served, "DELETE", one, expect=204)
    await served.get(one, expect=404)
    await send(served, "DELETE", one, expect=404)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ({"kind": "carrier pigeon"}, "pigeon"),
        ({"kind": "webhook", "url": "ftp://example.org"}, "http"),
        ({"kind": "webhook", "url": "https://user:pw@example.org"}, "user or password"),
        ({"kind": "webhook", "url": "https://example.org", "secret": "short"}, "whsec_"),
        ({"kind": "webhook", "url": "http://169.254.169.254/latest"}, "not public"),
        ({"kind": "webhook", "url": "http://[::ffff:10.0.0.1]/"}, "not public"),
        ({"kind": "slack"}, "either"),
        ({"kind": "slack", "bot_token": "xoxb"}, "the channel"),
        ({"kind": "pagerduty", "routing_key": "k"}, "32"),
        ({"kind": "email", "to": ["a@example.org"]}, "STACKTIDE_MAIL_URL"),
        ({"kind": "apprise", "url": "json://localhost"}, "any host"),
        ({"kind": "apprise", "url": "no url"}, "Apprise"),
    ],
)
async def test_what_cannot_be_used_is_refused_with_the_reason(served, target, says):
    served.api.settings = Settings()
    refused = await send(served, "POST", PATH, {"name": "x", "target": target}, expect=400)
    assert says in refused["message"]
    assert (await served.get(PATH))["items"] == []


async def test_addresses_of_mail_are_checked(served):
    served.api.settings = Settings(mail_url="smtp://localhost", mail_from="a@example.org")
    for to in (["nobody"], ["a@b\r\nBcc: c@d"], ["a@example.org, b@example.org"], ["Ann <a@example.org>"]):
        body = {"name": "x", "target": {"kind": "email", "to": to}}
        assert "no mail address" in (await send(served, "POST", PATH, body, expect=400))["message"]
    body = {"name": "x", "target": {"kind": "email", "to": ["ann+alerts@example.org"]}}
    assert (await send(served, "POST", PATH, body))["kind"] == "email"


async def test_a_test_says_what_happened_and_is_listed(served, receiver):
    made = await hook(served, f"{receiver.url}/hook")
    test = f"{PATH}/{made['id']}/test"
    assert (await send(served, "POST", test))["outcome"] == "delivered"
    assert receiver.requests[0].json["type"] == "dev.stacktide.alert.test.v1"
    receiver.answering = lambda request: (500, b"oh", {})
    failed = await send(served, "POST", test)
    assert failed["outcome"] == "unavailable" and "500: oh" in failed["detail"]
    listed = (await served.get("/projects/1/deliveries"))["items"]
    assert [item["attempts"][0]["outcome"] for item in listed] == ["unavailable", "delivered"]
    assert [item["next_attempt"] for item in listed] == [None, None]


async def test_deliveries_are_paged_and_filtered(served):
    channel = int((await hook(served))["id"])
    wanted = [NewDelivery(channel, "firing", alert_event(number)) for number in range(5)]
    await served.api.operational.deliveries.queue(wanted, 60.0)
    found, cursor = [], {}
    while True:
        page = await served.get("/projects/1/deliveries", limit=2, **cursor)
        found += [item["alert_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == [f"{number:032x}" for number in reversed(range(5))]
    one = (await served.get("/projects/1/deliveries", alert=found[0], channel=channel))["items"]
    assert [(item["outcome"], item["attempts"]) for item in one] == [("pending", [])]
    assert (await served.get("/projects/1/deliveries", outcome="delivered"))["items"] == []
    for wrong in ({"outcome": "lost"}, {"alert": "x"}, {"channel": "x"}, {"cursor": "x"}):
        await served.get("/projects/1/deliveries", expect=400, **wrong)
    assert (await served.get("/projects/2/deliveries"))["items"] == []


async def test_they_take_the_scope_and_the_project(served):
    made = await hook(served)
    one = f"{PATH}/{made['id']}"
    for method, path in (("POST", PATH), ("PATCH", one), ("DELETE", one), ("POST", f"{one}/test")):
        refused = await send(served, method, path, {}, expect=403, token=NARROW)
        assert refused["code"] == "missing_scope"
    await served.get(one, token=WRITER, expect=403)
    for path in (PATH, one, "/projects/1/deliveries"):
        await served.get(path, token=NARROW, expect=404)
    await served.get(f"/projects/2/channels/{made['id']}", expect=404)
    await send(served, "POST", f"/projects/2/channels/{made['id']}/test", expect=404)
