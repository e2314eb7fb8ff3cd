"""Each kind of channel against a real server: what it gets, and what its answers mean."""

import base64
import hashlib
import hmac
from urllib.parse import quote

import pytest

from agents.notify.render.webhook import new_secret, secret_key
from agents.notify.sample import sample_notice
from agents.notify.send.errors import ReceiverRefused, ReceiverUnavailable
from agents.notify.send.senders import Senders
from schemas.channels import (
    AppriseTarget,
    Channel,
    EmailTarget,
    PagerDutyTarget,
    SlackTarget,
    WebhookTarget,
)
from settings import Settings
from tests.driver.topology_driver import NOW
from tests.notify.alerts import HOSTILE, alert_event, encoded, hostile_event, notice_of
from tests.notify.receivers import HttpReceiver, MailServer


@pytest.fixture
async def receiver():
    async with HttpReceiver() as receiver:
        yield receiver


@pytest.fixture
def mail_server(tmp_path):
    with MailServer(tmp_path) as server:
        yield server


def channel(target, number=1):
    return Channel(number, 1, "on call", target)


def senders(**settings):
    given = {"public_url": "https://errors.example.org/", "notify_private_addresses": True}
    return Senders(Settings(**{**given, **settings}), lambda: NOW)


async def refused(sending):
    with pytest.raises(ReceiverRefused) as caught:
        await sending
    return str(caught.value)


async def unavailable(sending):
    with pytest.raises(ReceiverUnavailable) as caught:
        await sending
    return str(caught.value)


async def test_a_webhook_is_signed_and_can_tell_a_repeat(receiver):
    secret = new_secret()
    target = channel(WebhookTarget(f"{receiver.url}/hook", secret))
    notice = notice_of(hostile_event())
    for _ in range(2):
        await senders().send(target, notice)
    first, again = receiver.requests
    assert first.path == "/hook"
    assert first.headers["Idempotency-Key"] == again.headers["Idempotency-Key"] == first.headers["webhook-id"]
    signed = f"{first.headers['webhook-id']}.{int(NOW)}.".encode() + first.body
    expected = base64.b64encode(hmac.digest(secret_key(secret), signed, hashlib.sha256)).decode()
    assert first.headers["webhook-signature"] == f"v1,{expected}"
    assert first.headers["Content-Type"] == "application/cloudevents+json"
    assert first.body == encoded(hostile_event())


@pytest.mark.parametrize(
    ("status", "later"),
    [(200, None), (302, False), (400, False), (404, True), (410, False), (429, True), (503, True)],
)
async def test_what_a_webhooks_answers_mean(receiver, status, later):
    receiver.answering = lambda request: (status, b"why\x00\n<b>", {"Location": "/x", "Retry-After": "77"})
    sending = senders().send(
        channel(WebhookTarget(f"{receiver.url}/hook?key=1", new_secret())), notice_of(alert_event())
    )
    if later is None:
        assert "200" in await sending
    elif later:
        with pytest.raises(ReceiverUnavailable, match=f"answered {status}: why <b>") as caught:
            await sending
        assert caught.value.retry_after == 77
    else:
        assert f"answered {status}" in await refused(sending)
    assert len(receiver.requests) == 1, "a redirect was followed"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433"])
async def test_private_addresses_are_refused_when_they_are_connected_to(receiver, host):
    port = receiver.url.rpartition(":")[2]
    for target in (
        WebhookTarget(f"http://{host}:{port}/", new_secret()),
        SlackTarget(webhook_url=f"http://{host}:{port}/services/x"),
    ):
        strict = senders(notify_private_addresses=False)
        said = await refused(strict.send(channel(target), notice_of(alert_event())))
        assert "not public" in said or "no host" in said
    assert receiver.requests == []


async def test_a_receiver_that_is_away_or_slow_is_tried_again(receiver):
    hook = WebhookTarget("http://127.0.0.1:1/", new_secret())
    assert "cannot be reached" in await unavailable(senders().send(channel(hook), notice_of(alert_event())))
    quick = senders(notification_timeout=0.1)
    receiver.answering = lambda request: (200, b"x" * 10_000_000, {})
    hook = WebhookTarget("http://127.0.0.1:9/", new_secret())
    assert await unavailable(quick.send(channel(hook), notice_of(alert_event())))


async def test_slack_by_webhook_and_by_bot(receiver):
    notice = notice_of(hostile_event(), trend=(0, 3, 8))
    hook = f"{receiver.url}/services/T0/B0/secret-part"
    await senders().send(channel(SlackTarget(webhook_url=hook)), notice)
    bot = channel(SlackTarget(bot_token="xoxb-secret", channel="#ops"))
    await senders(slack_url=receiver.url).send(bot, notice)
    by_hook, by_bot = receiver.requests
    assert by_hook.path == "/services/T0/B0/secret-part"
    assert by_bot.path == "/api/chat.postMessage" and by_bot.headers["Authorization"] == "Bearer xoxb-secret"
    assert {**by_hook.json, "channel": "#ops"} == by_bot.json
    assert "<!channel>" not in by_bot.body.decode() and "<script>" not in by_bot.body.decode()
    receiver.answering = lambda request: (200, b'{"ok": false, "error": "channel_not_found"}', {})
    assert "channel_not_found" in await refused(senders(slack_url=receiver.url).send(bot, notice))
    receiver.answering = lambda request: (200, b'{"ok": false, "error": "ratelimited"}', {})
    assert await unavailable(senders(slack_url=receiver.url).send(bot, notice))


async def test_a_secret_that_a_receiver_repeats_is_not_passed_on(receiver):
    receiver.answering = lambda request: (400, b"no xoxb-secret-token here", {})
    bot = channel(SlackTarget(bot_token="xoxb-secret-token", channel="#ops"))
    said = await refused(senders(slack_url=receiver.url).send(bot, notice_of(alert_event())))
    assert "xoxb" not in said and "no … here" in said


async def test_pagerduty_triggers_acknowledges_and_resolves_one_incident(receiver):
    target = channel(PagerDutyTarget("k" * 32))
    by_pagerduty = senders(pagerduty_url=receiver.url, notify_private_addresses=False)
    firing = notice_of(alert_event())
    acknowledged = firing._replace(told=(firing.told[0]._replace(state="acknowledged"),))
    for notice in (firing, acknowledged, notice_of(alert_event(state="resolved"))):
        await by_pagerduty.send(target, notice)
    events = [request.json for request in receiver.requests]
    assert {request.path for request in receiver.requests} == {"/v2/enqueue"}
    assert [event["event_action"] for event in events] == ["trigger", "acknowledge", "resolve"]
    assert {event["dedup_key"] for event in events} == {f"{1:032x}"}
    payload = events[0]["payload"]
    assert (payload["summary"], payload["severity"]) == ("Alert 1", "critical")
    receiver.requests.clear()
    await by_pagerduty.send(target, sample_notice(target, "shop", NOW))
    assert [r.json["event_action"] for r in receiver.requests] == ["trigger", "resolve"]
    assert receiver.requests[0].json["payload"]["summary"] == "[Test] Alerts of shop arrive here"


def by_smtp(server, password=MailServer.PASSWORD, **settings):
    user = quote(server.USER, safe="")
    given = {
        "mail_url": f"smtp://{user}:{quote(password, safe='')}@127.0.0.1:{server.port}",
        "mail_from": "Stacktide <alerts@example.org>",
        "mail_tls_ca": str(server.authority),
    }
    return senders(**{**given, **settings})


async def test_mail_by_smtp_with_starttls_and_a_password(mail_server):
    target = channel(EmailTarget(("a@example.org", "b@example.org")))
    for _ in range(2):
        await by_smtp(mail_server).send(target, notice_of(hostile_event()))
    first, again = mail_server.mails
    assert mail_server.recipients[0] == ["a@example.org", "b@example.org"]
    assert first["Message-ID"] == again["Message-ID"]
    assert first["Bcc"] is None and "\n" not in first["Subject"] and "\u202e" not in first["Subject"]
    html = first.get_body(("html",)).get_content()
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert HOSTILE.split()[0] in first.get_body(("plain",)).get_content()


async def test_what_a_mail_servers_answers_mean(mail_server):
    target, notice = channel(EmailTarget(("a@example.org",))), notice_of(alert_event())
    mail_server.refuses = {"a@example.org": "550 no such mailbox"}
    assert "no such mailbox" in await refused(by_smtp(mail_server).send(target, notice))
    mail_server.refuses = {"a@example.org": "450 greylisted"}
    assert "greylisted" in await unavailable(by_smtp(mail_server).send(target, notice))
    two = channel(EmailTarget(("a@example.org", "b@example.org")))
    assert "refused for a@example.org" in await by_smtp(mail_server).send(two, notice)
    assert "password" in await unavailable(by_smtp(mail_server, password="wrong").send(two, notice))
    assert await unavailable(by_smtp(mail_server, mail_tls_ca="").send(two, notice))
    assert "STACKTIDE_MAIL_URL" in await unavailable(senders().send(two, notice))


async def test_mail_by_ses_and_by_sendgrid(receiver):
    host = receiver.url.removeprefix("http://")
    target, notice = channel(EmailTarget(("a@example.org",))), notice_of(alert_event())
    by_ses = senders(mail_url=f"ses+http://AKID:se%2Fcret@{host}", mail_from="alerts@example.org")
    await by_ses.send(target, notice)
    by_sendgrid = senders(
        mail_url=f"sendgrid+http://:SG.key@{host}", mail_from="Stacktide <alerts@example.org>"
    )
    await by_sendgrid.send(target, notice)
    ses, sendgrid = receiver.requests
    assert ses.path == "/v2/email/outbound-emails"
    assert ses.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert b"Subject: Alert 1" in base64.b64decode(ses.json["Content"]["Raw"]["Data"])
    assert sendgrid.path == "/v3/mail/send" and sendgrid.headers["Authorization"] == "Bearer SG.key"
    assert sendgrid.json["from"] == {"email": "alerts@example.org", "name": "Stacktide"}
    assert [part["type"] for part in sendgrid.json["content"]] == ["text/plain", "text/html"]
    receiver.answering = lambda request: (429, b"slowly", {"Retry-After": "5"})
    assert "429" in await unavailable(by_sendgrid.send(target, notice))


async def test_apprise_reaches_hosts_only_where_that_is_allowed(receiver):
    notice = notice_of(hostile_event())
    target = channel(AppriseTarget(receiver.url.replace("http://", "json://") + "/hook"))
    assert "any host" in await refused(senders(notify_private_addresses=False).send(target, notice))
    await senders().send(target, notice)
    assert receiver.requests[0].path.startswith("/hook")
    assert receiver.requests[0].json["title"].startswith("<script>")
    receiver.answering = lambda request: (500, b"", {})
    assert "did not take it" in await unavailable(senders().send(target, notice))
    assert "cannot read" in await refused(senders().send(channel(AppriseTarget("discord://x")), notice))
