"""Browsers' security reports become events."""

from typing import Any

import pytest
from fingerprinting import stepped

from agents.fingerprint.step import InvalidEvent

LEGACY = {
    "csp-report": {
        "document-uri": "https://shop.example/cart?id=7",
        "effective-directive": "script-src-elem",
        "violated-directive": "script-src-elem 'self'",
        "blocked-uri": "https://evil.example:8443/a.js?x=1",
    }
}
REPORTING_API = [
    {
        "type": "csp-violation",
        "age": 3,
        "url": "https://shop.example/cart",
        "body": {"effectiveDirective": "script-src-elem", "blockedURL": "https://evil.example/b.js"},
    }
]


@pytest.mark.parametrize("report", [LEGACY, REPORTING_API, REPORTING_API[0]])
def test_csp_reports_of_both_forms_are_one_issue(report: Any) -> None:
    result = stepped(report, "security")
    event = result.event
    assert event.message == result.grouping.title == "Blocked 'script' from 'evil.example'"
    assert event.level == "error"
    assert event.logger == "csp"
    assert event.tags["effective-directive"] == "script-src-elem"
    assert event.tags["blocked-host"] == "evil.example"
    assert result.grouping.fingerprint == ("csp", "script-src-elem", "evil.example")
    assert result.issue_id == stepped(LEGACY, "security").issue_id


@pytest.mark.parametrize(
    ("blocked", "host"),
    [
        ("inline", "inline"),
        ("eval", "eval"),
        ("data:text/plain;base64,AA", "data"),
        ("https://shop.example/x.js", "self"),
        ("", "self"),
        ("https://[broken/x.js", "https"),
        (7, "self"),
    ],
)
def test_what_was_blocked(blocked: Any, host: str) -> None:
    report = {"csp-report": {**LEGACY["csp-report"], "blocked-uri": blocked}}
    assert stepped(report, "security").event.tags["blocked-host"] == host


@pytest.mark.parametrize(
    ("report", "logger", "title"),
    [
        ({"expect-ct-report": {"hostname": "a.example"}}, "expect-ct", "Expect-CT failed for 'a.example'"),
        (
            {"expect-staple-report": {"hostname": "a.example"}},
            "expect-staple",
            "Expect-Staple failed for 'a.example'",
        ),
        (
            {"hostname": "a.example", "known-pins": []},
            "hpkp",
            "Public key pinning validation failed for 'a.example'",
        ),
        (
            [{"type": "deprecation", "url": "https://a.example/", "body": {"id": "WebSQL", "lineNumber": 3}}],
            "browser-report",
            "Browser report of type 'deprecation': WebSQL",
        ),
    ],
)
def test_other_reports(report: Any, logger: str, title: str) -> None:
    result = stepped(report, "security")
    assert (result.event.logger, result.grouping.title) == (logger, title)


def test_several_reports_in_one_body_say_so() -> None:
    event = stepped([*REPORTING_API, *REPORTING_API], "security").event
    assert "report: 1 further reports of the same request were left out." in event.errors


@pytest.mark.parametrize("report", [{}, [], "x", 7, None, [1, 2]])
def test_empty_reports_are_invalid(report: Any) -> None:
    with pytest.raises(InvalidEvent) as caught:
        stepped(report, "security")
    assert caught.value.reason == "empty_report"
