"""A message in Slack's Block Kit (its documented limits: 50 blocks, 3,000 characters a text, ten fields)."""

from typing import Any

from agents.notify.render.mail import COLOURS
from agents.notify.render.message import Line, Message

_TEXT = 2900
_FIELDS = 10


def slack_of(message: Message) -> dict[str, Any]:
    """The message as ``chat.postMessage`` and incoming webhooks take it. Nothing in it mentions or notifies anybody."""
    blocks = [_section(f"*{escape(message.title)}*")]
    if message.text:
        blocks.append(_section(escape(message.text)))
    if message.facts:
        fields = [
            {"type": "mrkdwn", "text": f"*{escape(label)}*\n{escape(value)}"}
            for label, value in message.facts[:_FIELDS]
        ]
        blocks.append({"type": "section", "fields": fields})
    if message.trend:
        blocks.append(_section(f"`{message.trend}`"))
    blocks += [_section(part) for part in _parts([_line(line) for line in message.lines])]
    if message.more:
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": escape(message.more)}]})
    if message.url:
        button = {
            "type": "button",
            "text": {"type": "plain_text", "text": "Open in Stacktide"},
            "url": message.url,
        }
        blocks.append({"type": "actions", "elements": [button]})
    return {
        "text": escape(message.subject),
        "unfurl_links": False,
        "unfurl_media": False,
        "attachments": [{"color": COLOURS[message.tone], "blocks": blocks}],
    }


def escape(text: str) -> str:
    """Text as Slack shows it as it is: its three control characters, by which it makes links and mentions."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _line(line: Line) -> str:
    # A bar would end the address of a link.
    title = escape(line.title)
    linked = f"<{line.url}|{title.replace('|', '¦')}>" if line.url else title
    return f"• {linked}" + (f"\n   {escape(line.detail)}" if line.detail else "")


def _parts(lines: list[str]) -> list[str]:
    """Lines in as few texts as Slack's limit allows."""
    parts: list[str] = []
    for line in lines:
        if parts and len(parts[-1]) + 1 + len(line) <= _TEXT:
            parts[-1] += f"\n{line}"
        else:
            parts.append(line[:_TEXT])
    return parts
