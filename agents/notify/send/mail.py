"""Mail, by whatever ``mail_url`` names: an SMTP server, SES or SendGrid."""

import asyncio
import base64
import ssl
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib
import msgspec
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.session import get_session

from agents.notify.send.errors import ReceiverRefused, ReceiverUnavailable
from agents.notify.send.http import judge, post
from settings import Settings

_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


async def send_mail(settings: Settings, mail: EmailMessage, to: tuple[str, ...]) -> str:
    """Send a mail; returns what the server said.

    Raises:
        ReceiverUnavailable, ReceiverRefused: it was not taken.
    """
    if not settings.mail_url or not settings.mail_from:
        raise ReceiverUnavailable(
            "There is nothing that sends mail: set STACKTIDE_MAIL_URL and STACKTIDE_MAIL_FROM."
        )
    server = urlsplit(settings.mail_url)
    if server.scheme.startswith("smtp"):
        return await _by_smtp(settings, server, mail, to)
    if server.scheme.startswith("ses"):
        return await _by_ses(settings, server, mail, to)
    return await _by_sendgrid(settings, server, mail, to)


async def _by_smtp(settings: Settings, server: SplitResult, mail: EmailMessage, to: tuple[str, ...]) -> str:
    tls = ssl.create_default_context(cafile=settings.mail_tls_ca or None)
    try:
        refused, said = await aiosmtplib.send(
            mail,
            sender=parseaddr(settings.mail_from)[1],
            recipients=list(to),
            hostname=server.hostname or "",
            port=server.port or _PORTS[server.scheme],
            username=unquote(server.username) if server.username else None,
            password=unquote(server.password) if server.password else None,
            use_tls=server.scheme == "smtps",
            start_tls=server.scheme == "smtp",
            tls_context=None if server.scheme == "smtp+plain" else tls,
            timeout=settings.notification_timeout,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = [one.code for one in error.recipients]
        message = f"{server.hostname} refused every recipient: {error.recipients[0].message[:200]}"
        if any(code < 500 for code in codes):
            raise ReceiverUnavailable(message) from error
        raise ReceiverRefused(message) from error
    except aiosmtplib.SMTPAuthenticationError as error:
        # The channel is not to blame, and whoever mends the setting wants the mails that wait.
        raise ReceiverUnavailable(
            f"{server.hostname} refused the user or password of STACKTIDE_MAIL_URL."
        ) from error
    except aiosmtplib.SMTPResponseException as error:
        message = f"{server.hostname} answered {error.code}: {error.message[:200]}"
        if 500 <= error.code < 600:
            raise ReceiverRefused(message) from error
        raise ReceiverUnavailable(message) from error
    except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
        raise ReceiverUnavailable(f"{server.hostname} cannot be used: {str(error)[:200]}") from error
    if refused:
        return f"{said[:100]} (refused for {', '.join(sorted(refused))[:200]})"
    return said[:200]


async def _by_ses(settings: Settings, server: SplitResult, mail: EmailMessage, to: tuple[str, ...]) -> str:
    """By ``SendEmail`` of SES's API v2, the mail as it is."""
    body = msgspec.json.encode(
        {
            "FromEmailAddress": settings.mail_from,
            "Destination": {"ToAddresses": list(to)},
            "Content": {"Raw": {"Data": base64.b64encode(mail.as_bytes()).decode()}},
        }
    )
    url = f"{_scheme(server)}://{server.netloc.rpartition('@')[2]}/v2/email/outbound-emails"
    request = AWSRequest("POST", url, data=body, headers={"Content-Type": "application/json"})
    SigV4Auth(await _credentials(server), "ses", _region(server.hostname or "")).add_auth(request)
    answer = await post(url, body, dict(request.headers.items()), private=True)
    judge(answer, server.hostname or "")
    return "SES took it."


def _region(host: str) -> str:
    """The region of ``email.REGION.amazonaws.com``; of anything else the first one, which gateways expect."""
    parts = host.split(".")
    return parts[1] if len(parts) >= 4 and parts[2] == "amazonaws" else "us-east-1"


async def _credentials(server: SplitResult) -> Any:
    if server.username and server.password:
        return Credentials(unquote(server.username), unquote(server.password))
    found = await asyncio.to_thread(lambda: get_session().get_credentials())
    if found is None:
        raise ReceiverUnavailable(
            "There are no credentials for SES, in STACKTIDE_MAIL_URL or in the surroundings."
        )
    return found.get_frozen_credentials()


async def _by_sendgrid(
    settings: Settings, server: SplitResult, mail: EmailMessage, to: tuple[str, ...]
) -> str:
    """By ``POST /v3/mail/send``."""
    name, address = parseaddr(settings.mail_from)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    body = msgspec.json.encode(
        {
            "personalizations": [{"to": [{"email": one}]} for one in to],
            "from": {"email": address, **({"name": name} if name else {})},
            "subject": str(mail["Subject"]),
            "content": [
                {"type": "text/plain", "value": text.get_content() if text else ""},
                {"type": "text/html", "value": html.get_content() if html else ""},
            ],
            "headers": {"Message-ID": str(mail["Message-ID"]), "Auto-Submitted": "auto-generated"},
        }
    )
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {unquote(server.password or '')}",
    }
    url = f"{_scheme(server)}://{server.netloc.rpartition('@')[2]}/v3/mail/send"
    judge(await post(url, body, headers, private=True), server.hostname or "")
    return "SendGrid took it."


def _scheme(server: SplitResult) -> str:
    return "http" if server.scheme.endswith("+http") else "https"
