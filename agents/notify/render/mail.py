"""A message as text, as HTML and as a mail."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape

from agents.notify.notice import Notice
from agents.notify.render.message import Line, Message

#: By tone; each has a contrast of at least 4.5:1 on white.
COLOURS = {"info": "#1f6feb", "warning": "#9a6700", "critical": "#c62828", "resolved": "#1a7f37"}

_HTML = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{subject}</title></head>
<body style="margin:0;padding:24px;font:15px/1.5 system-ui,sans-serif;color:#1c2024;background:#ffffff">
<div style="max-width:640px;border-left:4px solid {colour};padding-left:16px">
<h1 style="font-size:18px;margin:0 0 8px">{title}</h1>
{body}
</div>
</body></html>
"""


def text_of(message: Message) -> str:
    """A message as plain text."""
    parts = [message.title, message.text]
    parts.append("\n".join(f"{label}: {value}" for label, value in message.facts))
    if message.trend:
        parts.append(f"Trend: {message.trend}")
    parts.append("\n".join(_text_line(line) for line in message.lines))
    parts += [message.more, message.url]
    return "\n\n".join(part for part in parts if part) + "\n"


def html_of(message: Message) -> str:
    """A message as an HTML page that loads nothing."""
    parts = [f"<p>{escape(message.text)}</p>"] if message.text else []
    if message.facts:
        rows = "".join(
            f'<tr><th align="left" style="padding-right:16px;font-weight:600">{escape(label)}</th>'
            f"<td>{escape(value)}</td></tr>"
            for label, value in message.facts
        )
        parts.append(f'<table style="border-collapse:collapse">{rows}</table>')
    if message.trend:
        parts.append(f'<p style="font-size:20px" aria-label="trend">{message.trend}</p>')
    if message.lines:
        parts.append(f"<ul>{''.join(_html_line(line) for line in message.lines)}</ul>")
    if message.more:
        parts.append(f"<p>{escape(message.more)}</p>")
    if message.url:
        parts.append(f'<p><a href="{escape(message.url)}">Open in Stacktide</a></p>')
    return _HTML.format(
        subject=escape(message.subject),
        title=escape(message.title),
        colour=COLOURS[message.tone],
        body="\n".join(parts),
    )


def mail_of(notice: Notice, message: Message, sender: str, to: tuple[str, ...], now: float) -> EmailMessage:
    """A message as a mail. Its ``Message-ID`` is the same whenever it is sent again; the mails of one alert make a thread.

    ``now`` is in Unix seconds.
    """
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = message.subject
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Date"] = format_datetime(datetime.fromtimestamp(int(now), UTC))
    mail["Message-ID"] = f"<{notice.key}@{domain}>"
    if len(notice.told) == 1:
        mail["References"] = f"<{notice.told[0].event.data.alert_id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text_of(message))
    mail.add_alternative(html_of(message), subtype="html")
    return mail


def _text_line(line: Line) -> str:
    return "\n".join(
        part for part in (f"- {line.title}", f"  {line.detail}", f"  {line.url}") if part.strip()
    )


def _html_line(line: Line) -> str:
    title = escape(line.title)
    if line.url:
        title = f'<a href="{escape(line.url)}">{title}</a>'
    detail = f'<br><span style="color:#57606a">{escape(line.detail)}</span>' if line.detail else ""
    return f"<li>{title}{detail}</li>"
