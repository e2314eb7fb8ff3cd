"""Sends a notice to a channel, whatever its kind."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import msgspec

from agents.notify.notice import Notice
from agents.notify.render.mail import mail_of
from agents.notify.render.message import message_of
from agents.notify.render.pagerduty import pagerduty_of
from agents.notify.render.slack import slack_of
from agents.notify.render.webhook import signed_headers, webhook_of
from agents.notify.send.apprise import send_apprise
from agents.notify.send.errors import ReceiverRefused, ReceiverUnavailable
from agents.notify.send.http import Answer, host_of, judge, post
from agents.notify.send.mail import send_mail
from schemas.channels import (
    AppriseTarget,
    Channel,
    EmailTarget,
    Kind,
    PagerDutyTarget,
    SlackTarget,
    WebhookTarget,
    secrets_of,
)
from settings import Settings

#: Kinds whose messages people read: they have budgets and digests. Programs get every alert by itself.
READ_BY_PEOPLE: frozenset[Kind] = frozenset({"email", "slack", "apprise"})

_JSON = {"Content-Type": "application/json; charset=utf-8"}
#: Errors that Slack answers with 200 and that pass (its documentation of chat.postMessage).
_SLACK_LATER = frozenset(
    {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)


class Senders:
    """Sends notices by what the settings name. ``clock`` gives Unix seconds."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock

    async def send(self, channel: Channel, notice: Notice) -> str:
        """Send a notice; returns what the receiver said.

        Raises:
            ReceiverUnavailable, ReceiverRefused: it was not taken, or not in time. The message holds none of the channel's
            secrets.
        """
        try:
            async with asyncio.timeout(self._settings.notification_timeout):
                return _redacted(await self._send(channel, notice), channel)
        except ReceiverUnavailable as error:
            raise ReceiverUnavailable(_redacted(str(error), channel), error.retry_after) from error
        except ReceiverRefused as error:
            raise ReceiverRefused(_redacted(str(error), channel)) from error
        except TimeoutError as error:
            seconds = self._settings.notification_timeout
            raise ReceiverUnavailable(f"The receiver took longer than {seconds:g} s.") from error

    async def _send(self, channel: Channel, notice: Notice) -> str:
        target = channel.target
        match target:
            case EmailTarget():
                return await self._mail(target, notice)
            case SlackTarget():
                return await self._slack(target, notice)
            case PagerDutyTarget():
                return await self._pagerduty(target, notice)
            case WebhookTarget():
                return await self._webhook(target, notice)
            case AppriseTarget():
                message = message_of(notice, self._settings.public_url)
                return await send_apprise(
                    target.url, message, private=self._settings.notify_private_addresses
                )

    async def _mail(self, target: EmailTarget, notice: Notice) -> str:
        settings = self._settings
        message = message_of(notice, settings.public_url)
        mail = mail_of(notice, message, settings.mail_from, target.to, self._clock())
        return await send_mail(settings, mail, target.to)

    async def _slack(self, target: SlackTarget, notice: Notice) -> str:
        body: dict[str, Any] = slack_of(message_of(notice, self._settings.public_url))
        if target.webhook_url:
            answer = await self._post(target.webhook_url, body, _JSON)
            judge(answer, host_of(target.webhook_url))
            return "Slack took it."
        url = f"{self._settings.slack_url.rstrip('/')}/api/chat.postMessage"
        headers = {**_JSON, "Authorization": f"Bearer {target.bot_token}"}
        answer = await self._post(url, {**body, "channel": target.channel}, headers, trusted=True)
        judge(answer, host_of(url))
        _judge_slack(answer)
        return f"Slack took it for {target.channel}."

    async def _pagerduty(self, target: PagerDutyTarget, notice: Notice) -> str:
        url = f"{self._settings.pagerduty_url.rstrip('/')}/v2/enqueue"
        for told in notice.told:
            message = message_of(notice._replace(told=(told,)), self._settings.public_url)
            event = pagerduty_of(told, message, target.routing_key)
            answer = await self._post(url, event, _JSON, trusted=True)
            judge(answer, host_of(url))
        return "PagerDuty took it."

    async def _webhook(self, target: WebhookTarget, notice: Notice) -> str:
        body = webhook_of(notice)
        headers = signed_headers(notice.key, body, target.secret, self._clock())
        answer = await post(target.url, body, headers, private=self._settings.notify_private_addresses)
        judge(answer, host_of(target.url), patient=True)
        return f"{host_of(target.url)} answered {answer.status}."

    async def _post(self, url: str, body: Any, headers: dict[str, str], *, trusted: bool = False) -> Answer:
        """POST JSON; to the addresses of the settings, which are ``trusted``, wherever they are."""
        private = trusted or self._settings.notify_private_addresses
        return await post(url, msgspec.json.encode(body), headers, private=private)


def _judge_slack(answer: Answer) -> None:
    try:
        said = msgspec.json.decode(answer.body)
        taken, error = bool(said["ok"]), str(said.get("error", ""))
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        # An answer that was cut off: 200, and too long to be a refusal.
        return
    if not taken and error in _SLACK_LATER:
        raise ReceiverUnavailable(f"Slack answered {error[:100]}.")
    if not taken:
        raise ReceiverRefused(f"Slack answered {error[:100]}.")


def _redacted(text: str, channel: Channel) -> str:
    for secret in secrets_of(channel.target).values():
        text = text.replace(secret, "…")
    return text[:500]
