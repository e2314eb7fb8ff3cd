"""Whether a channel can be used, as far as that can be told without sending anything."""

import re
from email.headerregistry import Address
from ipaddress import ip_address
from urllib.parse import urlsplit

from agents.notify.render.webhook import secret_key
from agents.notify.send.addresses import is_public
from agents.notify.send.apprise import opened
from agents.notify.send.errors import ReceiverRefused
from schemas.channels import (
    AppriseTarget,
    EmailTarget,
    PagerDutyTarget,
    SlackTarget,
    Target,
    WebhookTarget,
)
from settings import Settings

_ROUTING_KEY = re.compile(r"[0-9A-Za-z]{32}")
_VISIBLE = re.compile(r"[!-~]+")


def check_target(target: Target, settings: Settings) -> None:
    """See that a target, with its secrets, makes sense.

    Raises:
        ValueError: it does not; the message says why, and holds no secret.
    """
    match target:
        case EmailTarget():
            _check_mail(target, settings)
        case SlackTarget():
            _check_slack(target, settings)
        case PagerDutyTarget():
            if not _ROUTING_KEY.fullmatch(target.routing_key):
                raise ValueError("A routing key of PagerDuty has 32 letters and digits.")
        case WebhookTarget():
            _check_url(target.url, settings)
            secret_key(target.secret)
        case AppriseTarget():
            try:
                opened(target.url, private=settings.notify_private_addresses)
            except ReceiverRefused as error:
                raise ValueError(str(error)) from error


def _check_mail(target: EmailTarget, settings: Settings) -> None:
    if not settings.mail_url or not settings.mail_from:
        raise ValueError("Nothing sends mail here yet: set STACKTIDE_MAIL_URL and STACKTIDE_MAIL_FROM.")
    for mailbox in target.to:
        try:
            address = Address(addr_spec=mailbox)
        except Exception as error:
            # The standard library's parser raises several kinds, IndexError among them.
            raise ValueError(f"{mailbox!r} is no mail address.") from error
        if not address.domain or not _VISIBLE.fullmatch(mailbox) or "," in mailbox:
            raise ValueError(f"{mailbox!r} is no mail address.")


def _check_slack(target: SlackTarget, settings: Settings) -> None:
    if bool(target.webhook_url) == bool(target.bot_token):
        raise ValueError("Slack takes either the address of an incoming webhook or a bot's token.")
    if target.webhook_url:
        _check_url(target.webhook_url, settings)
    elif not target.channel or not _VISIBLE.fullmatch(target.bot_token):
        raise ValueError("A bot of Slack needs its token and the channel to post to.")


def _check_url(url: str, settings: Settings) -> None:
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if not right or not _VISIBLE.fullmatch(url):
        raise ValueError("The address is not one of http:// or https:// with a host.")
    if parts.username or parts.password:
        raise ValueError("The address holds a user or password; it is shown to whoever may see the channel.")
    host = parts.hostname or ""
    if not settings.notify_private_addresses and (
        host == "localhost" or (_is_ip(host) and not is_public(host))
    ):
        # Names are looked at when they are connected to.
        raise ValueError(f"{host} is not public; STACKTIDE_NOTIFY_PRIVATE_ADDRESSES allows such addresses.")


def _is_ip(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
