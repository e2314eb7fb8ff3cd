"""What is sent, for a plain, a hostile and a resolved alert and a digest, is what is recorded in ``tests/golden/notify``."""

import os
from email import message_from_bytes
from pathlib import Path

import msgspec
import pytest

from agents.notify.notice import Notice
from agents.notify.render.mail import html_of, mail_of, text_of
from agents.notify.render.message import clean, message_of, sparkline
from agents.notify.render.pagerduty import pagerduty_of
from agents.notify.render.slack import slack_of
from agents.notify.render.webhook import webhook_of
from tests.driver.topology_driver import NOW
from tests.notify.alerts import alert_event, hostile_event, notice_of

GOLDENS = Path(__file__).parents[1] / "golden" / "notify"
URL = "https://errors.example.org"

NOTICES = {
    "plain": notice_of(alert_event(), trend=(0, 1, 2, 5, 3, 9)),
    "hostile": notice_of(hostile_event()),
    "resolved": notice_of(alert_event(state="resolved", ended=NOW + 90)),
    "digest": notice_of(*(alert_event(n, rule=n % 3) for n in range(30)), alert_event(30, state="resolved")),
}


def rendered(notice: Notice) -> dict[str, str]:
    message = message_of(notice, URL)
    made = {
        "txt": text_of(message),
        "html": html_of(message),
        "slack.json": _json(slack_of(message)),
    }
    if len(notice.told) == 1:
        made["pagerduty.json"] = _json(pagerduty_of(notice.told[0], message, "k" * 32))
        made["webhook.json"] = _json(msgspec.json.decode(webhook_of(notice)))
    return made


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


@pytest.mark.parametrize("name", NOTICES)
def test_what_is_sent_is_what_is_recorded(name):
    for kind, text in rendered(NOTICES[name]).items():
        golden = GOLDENS / f"{name}.{kind}"
        if os.environ.get("STACKTIDE_TEST_RECORD"):
            golden.write_text(text)
        assert golden.read_text() == text, (
            "if it is better so: record it with STACKTIDE_TEST_RECORD=1, and look at it"
        )


def test_nothing_of_an_event_becomes_more_than_text():
    message = message_of(NOTICES["hostile"], URL)
    html = html_of(message)
    assert "<script" not in html and "&lt;script&gt;" in html
    slack = msgspec.json.encode(slack_of(message)).decode()
    assert "<!channel>" not in slack and "&lt;!channel&gt;" in slack
    mail = mail_of(NOTICES["hostile"], message, "a@example.org", ("b@example.org",), NOW)
    assert "Bcc" not in message_from_bytes(mail.as_bytes())
    assert all(line.url == "" for line in message.lines), "an id that is none became part of an address"
    for text in (message.subject, message.text, *(line.title for line in message.lines)):
        assert text.isprintable()


def test_slack_takes_no_more_than_its_limits():
    long = hostile_event()
    blocks = slack_of(message_of(notice_of(long), URL))["attachments"][0]["blocks"]
    assert len(blocks) <= 50
    assert all(len(block["text"]["text"]) <= 3000 for block in blocks if "text" in block)
    assert len(msgspec.json.encode(blocks)) < 40_000


def test_texts_are_cleaned_and_cut():
    assert clean(" a\x00b\r\nc\u2028d \u200b\u202ee\ud800 ", 20) == "a b c d e"
    assert clean("x" * 50, 10) == "x" * 9 + "…"
    assert clean("", 10) == ""


def test_a_sparkline_fills_its_height():
    assert sparkline((0, 1, 4, 8)) == "▁▁▄█"
    assert sparkline((0, 0)) == sparkline(()) == ""
